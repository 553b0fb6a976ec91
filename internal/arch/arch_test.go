package arch

import (
	"encoding/json"
	"errors"
	"io"
	"os/exec"
	"slices"
	"strings"
	"testing"
)

const module = "github.com/pollux-net/pollux/"

// allowed lists, for each package, the packages of the module that it may
// import. A package that is not listed fails the test: decide where it
// belongs, and say so here.
var allowed = map[string][]string{
	"internal/arch":        {},
	"internal/certs":       {},
	"internal/clock":       {},
	"internal/collect":     {},
	"internal/forge":       {},
	"internal/leak":        {},
	"internal/procfs":      {},
	"internal/sys":         {},
	"internal/poller":      {"internal/clock", "internal/sys"},
	"reactor":              {"internal/clock", "internal/poller", "internal/sys"},
	"reactor/metrics":      {"internal/collect", "reactor", "reactor/stream"},
	"tlsbridge/tlsmetrics": {"internal/collect", "tlsbridge"},
	"reactor/stream":       {"internal/clock", "internal/eyeballs", "internal/sys", "reactor"},
	"reactor/stream/frame": {},
	"fdsock":               {"fdsock/pyio", "internal/eyeballs", "internal/sys", "reactor"},
	"fdsock/pyio":          {"internal/sys"},
	"tlsbridge/engine":     {},
	"tlsbridge":            {"fdsock", "fdsock/pyio", "internal/sys", "reactor", "reactor/stream", "tlsbridge/engine"},
	"pyselect":             {"internal/poller", "internal/sys", "pyselect/internal/waits", "reactor"},
	"internal/eyeballs":    {},

	"internal/inventory": {},
	"internal/mutate":    {},
	"pyselect/selectors": {"pyselect"},

	"pyselect/internal/waits": {},
	"internal/exampletest":    {"internal/leak"},
	"internal/program":        {"internal/sys"},
	"pyselect/dispatch":       {"fdsock", "internal/sys", "pyselect", "tlsbridge"},
	"pyselect/aio":            {"fdsock", "internal/sys", "pyselect", "pyselect/selectors", "reactor", "tlsbridge"},
}

// free are the trees that stand on top of everything.
var free = []string{"cmd/", "bench/", "fdsock/examples", "pyselect/examples"}

// unixOnly are the packages that may import golang.org/x/sys/unix: what they
// do, fault injection sees.
var unixOnly = []string{"internal/sys", "internal/poller"}

// platforms are enough to see every file of the layers.
var platforms = []string{"linux", "darwin", "openbsd"}

type pkg struct {
	ImportPath string
	Imports    []string
}

func list(t *testing.T, goos string) []pkg {
	t.Helper()
	cmd := exec.Command("go", "list", "-json=ImportPath,Imports", "../../...")
	cmd.Env = append(cmd.Environ(), "GOOS="+goos, "CGO_ENABLED=0")
	out, err := cmd.Output()
	if err != nil {
		var exit *exec.ExitError
		if errors.As(err, &exit) {
			t.Fatalf("go list: %s", exit.Stderr)
		}
		t.Fatal(err)
	}
	var pkgs []pkg
	for dec := json.NewDecoder(strings.NewReader(string(out))); ; {
		var p pkg
		if err := dec.Decode(&p); errors.Is(err, io.EOF) {
			return pkgs
		} else if err != nil {
			t.Fatal(err)
		}
		pkgs = append(pkgs, p)
	}
}

func TestImportsPointDown(t *testing.T) {
	for _, goos := range platforms {
		pkgs := list(t, goos)
		if len(pkgs) < len(allowed)-1 {
			t.Fatalf("%s: go list found %d packages only", goos, len(pkgs))
		}
		for _, p := range pkgs {
			name := strings.TrimPrefix(p.ImportPath, module)
			if slices.ContainsFunc(free, func(tree string) bool { return strings.HasPrefix(name, tree) }) {
				continue
			}
			may, known := allowed[name]
			if !known {
				t.Errorf("%s: package %s has no place in the architecture", goos, name)
				continue
			}
			for _, imp := range p.Imports {
				check(t, goos, name, imp, may)
			}
		}
	}
}

func check(t *testing.T, goos, name, imp string, may []string) {
	t.Helper()
	if inner, ours := strings.CutPrefix(imp, module); ours && !slices.Contains(may, inner) {
		t.Errorf("%s: %s must not import %s", goos, name, inner)
	}
	if imp == "golang.org/x/sys/unix" && !slices.Contains(unixOnly, name) {
		t.Errorf("%s: %s must not import %s", goos, name, imp)
	}
}
