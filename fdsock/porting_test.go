package fdsock_test

import (
	"encoding/json"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"testing"
)

// notPorted are public names of Python's socket module that PORTING.md need
// not have.
var notPorted = map[string]string{
	"IntEnum": "imported by the module", "IntFlag": "imported by the module", "array": "imported by the module",
	"errno": "imported by the module", "io": "imported by the module", "os": "imported by the module",
	"selectors": "imported by the module", "sys": "imported by the module",
}

// namesOfPython asks python3 for what the module and its sockets have.
const namesOfPython = `
import json, socket, sys
def public(o): return [n for n in dir(o) if not n.startswith('_')]
upper = [n for n in public(socket) if type(getattr(socket, n)) is not bool and isinstance(getattr(socket, n), int)]
print(json.dumps({'module': [n for n in public(socket) if n not in upper], 'constants': upper, 'object': public(socket.socket),
    'version': list(map(str, sys.version_info[:2]))}))
`

// portingTable is the rows of PORTING.md about sockets: the code in their
// first two columns.
type portingTable struct{ python, golang []string }

var codeSpan = regexp.MustCompile("`[^`]+`")

// readPorting returns PORTING.md's rows by the title of their section.
func readPorting(t *testing.T) map[string]portingTable {
	t.Helper()
	text, err := os.ReadFile("../PORTING.md")
	want(t, err, nil)
	tables := make(map[string]portingTable)
	for _, section := range strings.Split(string(text), "\n## ")[1:] {
		title, body, _ := strings.Cut(section, "\n")
		topic, isSocket := strings.CutPrefix(title, "socket: ")
		if !isSocket {
			continue
		}
		var table portingTable
		for line := range strings.Lines(body) {
			cells := strings.Split(strings.ReplaceAll(line, `\|`, "/"), "|")
			if len(cells) < 4 {
				continue
			}
			python, golang := cells[1], cells[2]
			if topic == "what Python has not" {
				python, golang = "", cells[1]
			}
			table.python = append(table.python, codeSpan.FindAllString(python, -1)...)
			table.golang = append(table.golang, codeSpan.FindAllString(golang, -1)...)
		}
		tables[topic] = table
	}
	return tables
}

// TestPortingIsWhole looks for every public name of Python's socket module in
// PORTING.md, constants by the beginning of their name.
func TestPortingIsWhole(t *testing.T) {
	python, err := exec.LookPath("python3")
	if err != nil {
		t.Skip("no python3")
	}
	out, err := exec.CommandContext(t.Context(), python, "-c", namesOfPython).Output()
	want(t, err, nil)
	var names map[string][]string
	want(t, json.Unmarshal(out, &names), nil)
	if version := strings.Join(names["version"], "."); version != "3.11" || runtime.GOOS != "linux" {
		t.Skip("the names are those of Python 3.11 on Linux, not of", version, "on", runtime.GOOS)
	}
	if len(names["module"]) < 30 || len(names["object"]) < 30 || len(names["constants"]) < 100 {
		t.Fatalf("python3 knows %v", names)
	}
	wantPorted(t, names)
}

// wantPorted fails the test for each of the names that PORTING.md lacks.
func wantPorted(t *testing.T, names map[string][]string) {
	t.Helper()
	var all, object, constants []string
	for topic, table := range readPorting(t) {
		switch topic {
		case "the object":
			object = table.python
		case "constants":
			constants = table.python
		default:
			all = append(all, table.python...)
		}
	}
	lacks := func(spans []string, name string) bool {
		word := regexp.MustCompile(`\b` + name + `\b`)
		return !slices.ContainsFunc(spans, word.MatchString)
	}
	for _, name := range names["module"] {
		if _, aside := notPorted[name]; lacks(all, name) && !aside {
			t.Errorf("PORTING.md lacks socket.%s", name)
		}
	}
	for _, name := range names["object"] {
		if lacks(object, name) {
			t.Errorf("PORTING.md lacks the sockets' %s", name)
		}
	}
	for _, name := range names["constants"] {
		prefix := regexp.MustCompile(`^[A-Z0-9]+_|^.*`).FindString(name)
		if !slices.ContainsFunc(constants, func(span string) bool { return strings.HasPrefix(span, "`"+prefix) }) {
			t.Errorf("PORTING.md lacks the constants %s", prefix)
		}
	}
}

// goName is a name in code, without a package in front or with one of these
// two.
var goName = regexp.MustCompile(`(?:^|[^\w.]|\b(?:fdsock|pyio)\.|\)\.)([A-Z]\w*)`)

// TestPortingNamesExist looks for the Go names of PORTING.md in the packages.
func TestPortingNamesExist(t *testing.T) {
	known := make(map[string]bool)
	for _, pattern := range []string{"*.go", "pyio/*.go"} {
		files, err := filepath.Glob(pattern)
		want(t, err, nil)
		for _, file := range files {
			if strings.HasSuffix(file, "_test.go") {
				continue
			}
			parsed, err := parser.ParseFile(token.NewFileSet(), file, nil, parser.SkipObjectResolution)
			want(t, err, nil)
			ast.Inspect(parsed, func(n ast.Node) bool {
				if id, is := n.(*ast.Ident); is {
					known[id.Name] = true
				}
				return true
			})
		}
	}
	for topic, table := range readPorting(t) {
		for _, span := range table.golang {
			for _, m := range goName.FindAllStringSubmatch(strings.Trim(span, "`"), -1) {
				if !known[m[1]] && !strings.HasSuffix(m[1], "_") {
					t.Errorf("socket: %s: there is no %s, of %s", topic, m[1], span)
				}
			}
		}
	}
}
