package main

import (
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"strings"
)

// directive is a row named by a test.
type directive struct {
	row, test string // test is "" outside of one
	where     token.Position
}

// marker begins a directive.
const marker = "//inventory:row "

// directives finds those of a package's tests, on every system.
func directives(dir string) ([]directive, error) {
	files, err := filepath.Glob(filepath.Join(dir, "*_test.go"))
	if err != nil {
		return nil, err
	}
	var all []directive
	fset := token.NewFileSet()
	for _, name := range files {
		file, err := parser.ParseFile(fset, name, nil, parser.ParseComments)
		if err != nil {
			return nil, err
		}
		for _, group := range file.Comments {
			for _, c := range group.List {
				if row, is := strings.CutPrefix(c.Text, marker); is {
					all = append(all, directive{strings.TrimSpace(row), testAt(file, c.Pos()), fset.Position(c.Pos())})
				}
			}
		}
	}
	return all, nil
}

// testAt returns the name of the test, example or fuzz test that a comment is
// in or the documentation of.
func testAt(file *ast.File, at token.Pos) string {
	for _, decl := range file.Decls {
		f, ok := decl.(*ast.FuncDecl)
		if !ok || at >= f.End() || at < f.Pos() && (f.Doc == nil || at < f.Doc.Pos()) {
			continue
		}
		for _, prefix := range []string{"Test", "Example", "Fuzz", "Benchmark"} {
			if strings.HasPrefix(f.Name.Name, prefix) {
				return f.Name.Name
			}
		}
	}
	return ""
}
