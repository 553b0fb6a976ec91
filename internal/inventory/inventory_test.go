package main

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// TestInventoryIsWhole checks every package's table against its tests.
func TestInventoryIsWhole(t *testing.T) {
	all, err := tables()
	if err != nil {
		t.Fatal(err)
	}
	if len(all) == 0 {
		t.Fatal("no tables")
	}
	for _, table := range all {
		found, err := table.collect("../..")
		if err != nil {
			t.Error(err)
		}
		text, err := os.ReadFile(table.file("../.."))
		if err != nil {
			t.Error(err)
		}
		if string(text) != table.text(found) {
			t.Errorf("%s is stale: go run ./internal/inventory", table.file(""))
		}
	}
}

func TestParse(t *testing.T) {
	got, err := parse("f", "# why\npackage p\n\nrecv n == 0 | b'' without a call\nsend | bytes\n")
	if err != nil || got.dir != "p" || !slices.Equal(got.rows, []row{{"recv n == 0", "b'' without a call"}, {"send", "bytes"}}) {
		t.Errorf("%v, %v", got, err)
	}
	for _, bad := range []string{"a | b\n", "package \na | b\n", "package p\nno row\n", "package p\na | b\na | c\n"} {
		if _, err := parse("f", bad); err == nil {
			t.Errorf("%q is taken", bad)
		}
	}
}

// TestCollect finds directives before and inside of tests, and tells of rows
// without a test, directives without a row and directives without a test.
func TestCollect(t *testing.T) {
	root := t.TempDir()
	source := "package p\n\n// TestA is a test.\n//\n//inventory:row a\n//inventory:row b\nfunc TestA() {}\n\n" +
		"func ExampleB() {\n\t//inventory:row a\n}\n\n//inventory:row c\nfunc helper() {}\n\nfunc TestC() {\n\t//inventory:row z\n}\n"
	if err := os.WriteFile(filepath.Join(root, "a_test.go"), []byte(source), 0o600); err != nil {
		t.Fatal(err)
	}
	table := table{source: "rows", dir: ".", rows: []row{{"a", "A"}, {"b", "B"}, {"c", "C"}, {"d", "D"}}}
	found, err := table.collect(root)
	if !slices.Equal(found["a"], []string{"ExampleB", "TestA"}) || !slices.Equal(found["b"], []string{"TestA"}) || len(found["c"]) != 0 {
		t.Errorf("found %v", found)
	}
	for _, want := range []string{`no row "z"`, `"c" is in no test`, `no test of "c"`, `no test of "d"`} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error %v does not say %s", err, want)
		}
	}
	if err == nil || strings.Contains(err.Error(), `of "a"`) {
		t.Errorf("error is %v", err)
	}
	if text := table.text(found); !strings.Contains(text, "\na | A | ExampleB TestA\n") {
		t.Errorf("text is %q", text)
	}
}

// TestSubPackages counts the tests of packages in the package, by their names.
func TestSubPackages(t *testing.T) {
	root := t.TempDir()
	for dir, source := range map[string]string{
		"p":   "package p\n\n//inventory:row a\nfunc TestA() {}\n",
		"p/q": "package q\n\n//inventory:row a\n//inventory:row b\nfunc TestA() {}\n\n//inventory:row z\nfunc helper() {}\n",
		"p/r": "package r\n\n//inventory:row c\nfunc TestR() {}\n",
	} {
		if err := os.MkdirAll(filepath.Join(root, dir), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(root, dir, "a_test.go"), []byte(source), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	table, err := parse("rows", "package p q\na | A\nb | B\nc | C\n")
	if err != nil {
		t.Fatal(err)
	}
	found, err := table.collect(root)
	if !slices.Equal(found["a"], []string{"TestA", "q.TestA"}) || !slices.Equal(found["b"], []string{"q.TestA"}) {
		t.Errorf("found %v", found)
	}
	for _, want := range []string{`no test of "c"`, `no row "z"`, `"z" is in no test`} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error %v does not say %s", err, want)
		}
	}
}
