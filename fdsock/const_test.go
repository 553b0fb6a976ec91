package fdsock_test

import (
	"encoding/json"
	"go/ast"
	"go/build"
	"go/constant"
	"go/parser"
	"go/token"
	"go/types"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"strings"
	"testing"
)

// sourceImporter reads the constants of the packages that fdsock's come from,
// and knows nothing of others: what depends on them is no constant.
type sourceImporter struct {
	fset *token.FileSet
	dirs map[string]string
	seen map[string]*types.Package
}

func (i *sourceImporter) Import(path string) (*types.Package, error) {
	if p := i.seen[path]; p != nil {
		return p, nil
	}
	p := types.NewPackage(path, filepath.Base(path))
	p.MarkComplete()
	if dir := i.dirs[path]; dir != "" {
		var err error
		if p, err = i.load(path, dir); err != nil {
			return nil, err
		}
	}
	i.seen[path] = p
	return p, nil
}

func (i *sourceImporter) load(path, dir string) (*types.Package, error) {
	found, err := build.ImportDir(dir, 0)
	if err != nil {
		return nil, err
	}
	var files []*ast.File
	for _, name := range found.GoFiles {
		f, err := parser.ParseFile(i.fset, filepath.Join(dir, name), nil, 0)
		if err != nil {
			return nil, err
		}
		files = append(files, f)
	}
	config := types.Config{Importer: i, IgnoreFuncBodies: true, Error: func(error) {}}
	p, _ := config.Check(path, i.fset, files, nil) // errors are about packages that are left out
	return p, nil
}

// exported returns the value of every constant that fdsock exports under a
// name in capitals.
func exported(t *testing.T) map[string]int64 {
	t.Helper()
	const sysPath, unixPath = "github.com/pollux-net/pollux/internal/sys", "golang.org/x/sys/unix"
	out, err := exec.Command("go", "list", "-f", "{{.Dir}}", unixPath).Output()
	want(t, err, nil)
	imports := &sourceImporter{
		fset: token.NewFileSet(), seen: map[string]*types.Package{},
		dirs: map[string]string{sysPath: filepath.Join("..", "internal", "sys"), unixPath: strings.TrimSpace(string(out))},
	}
	p, err := imports.load("fdsock", ".")
	want(t, err, nil)
	values := map[string]int64{}
	for _, name := range p.Scope().Names() {
		if c, ok := p.Scope().Lookup(name).(*types.Const); ok && inCapitals.MatchString(name) {
			if v, exact := constant.Int64Val(constant.ToInt(c.Val())); exact {
				values[name] = v
			}
		}
	}
	return values
}

var inCapitals = regexp.MustCompile(`^[A-Z][A-Z0-9]*(_[A-Z0-9_]+)?$`)

// pythonConstants asks python3 for those of its socket module.
func pythonConstants(t *testing.T) (values map[string]int64, version string) {
	t.Helper()
	python, err := exec.LookPath("python3")
	if err != nil {
		t.Skip("no python3")
	}
	out, err := exec.Command(python, "-c", `
import json, re, socket, sys
print(sys.version.partition(" ")[0])
print(json.dumps({k: int(v) for k, v in vars(socket).items()
	if isinstance(v, int) and re.match("^[A-Z][A-Z0-9]*(_[A-Z0-9_]+)?$", k)}))`).Output()
	want(t, err, nil)
	version, list, _ := strings.Cut(string(out), "\n")
	want(t, json.Unmarshal([]byte(list), &values), nil)
	if len(values) < 100 {
		t.Fatalf("python3 knows %d constants only", len(values))
	}
	return values, version
}

// notOurs are the constants of Python that fdsock does without.
var notOurs = []struct {
	names  *regexp.Regexp
	reason string
}{
	{regexp.MustCompile(`^(EAGAIN|EBADF|EWOULDBLOCK)$`), "error numbers are package syscall's"},
	{regexp.MustCompile(`^(AI|EAI|NI|INADDR)_`), "look-ups have a test of their own"},
	{regexp.MustCompile(`^(AF_BLUETOOTH|BDADDR|BT|HCI|SOL_HCI|L2CAP)`), "Bluetooth"},
	{regexp.MustCompile(`^SCTP_|^SOL_SCTP$`), "SCTP is a module of its own"},
}

// TestConstants compares every constant with python3's of the same name, and
// misses none of those that Python 3.11 has on Linux.
func TestConstants(t *testing.T) {
	t.Parallel()
	ours := exported(t)
	python, version := pythonConstants(t)
	whole := runtime.GOOS == "linux" && strings.HasPrefix(version, "3.11.")
	if len(ours) < 100 {
		t.Fatalf("%d constants only", len(ours))
	}
	compared := 0
	for name, value := range python {
		got, ok := ours[name]
		switch {
		case ok && got != value && uint32(got) != uint32(value):
			t.Errorf("%s is %d, in Python %d", name, got, value)
		case ok:
			compared++
		case whole && !excused(name):
			t.Errorf("%s is missing; in Python it is %d", name, value)
		}
	}
	t.Logf("%d constants of %d are python3's too, which has %d", compared, len(ours), len(python))
}

func excused(name string) bool {
	for _, n := range notOurs {
		if n.names.MatchString(name) {
			return true
		}
	}
	return false
}
