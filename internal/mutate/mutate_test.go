package main

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// TestPlanted checks that every mutant is complete, finds its place in the
// tree, and names tests that are there.
func TestPlanted(t *testing.T) {
	const root = "../.."
	all, err := load()
	if err != nil {
		t.Fatal(err)
	}
	if len(all) < 45 {
		t.Errorf("there are %d mutants, want 45 at least", len(all))
	}
	names := make(map[string][]string)
	for _, m := range all {
		text, err := os.ReadFile(filepath.Join(root, m.file))
		if err != nil {
			t.Error(err)
			continue
		}
		if _, err := m.apply(string(text)); err != nil {
			t.Errorf("%s: %v", m.name, err)
		}
		for _, test := range m.tests {
			if names[test.pkg] == nil {
				names[test.pkg] = testsOf(t, filepath.Join(root, test.pkg))
			}
			for pattern := range strings.SplitSeq(test.pattern, "|") {
				first, _, _ := strings.Cut(pattern, "/")
				if !matches(t, first, names[test.pkg]) {
					t.Errorf("%s: %s has no test %s", m.name, test.pkg, pattern)
				}
			}
		}
	}
}

// testsOf names the tests of a package, on every system.
func testsOf(t *testing.T, dir string) []string {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(dir, "*_test.go"))
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	declared := regexp.MustCompile(`(?m)^func (Test\w+)\(`)
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range declared.FindAllSubmatch(text, -1) {
			names = append(names, string(m[1]))
		}
	}
	return names
}

func matches(t *testing.T, pattern string, names []string) bool {
	t.Helper()
	re, err := regexp.Compile(pattern)
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range names {
		if re.MatchString(name) {
			return true
		}
	}
	return false
}

const sample = `# A comment.

mutant one
what   it does not count
file   a.go
test   ./a TestA|TestB
suite  probes a b
 	n := 0
-	n++
+	n--
`

func TestParse(t *testing.T) {
	all, err := parse(sample)
	if err != nil || len(all) != 1 {
		t.Fatalf("%d mutants, %v", len(all), err)
	}
	m := all[0]
	if m.name != "one" || m.what != "it does not count" || m.file != "a.go" ||
		m.tests[0] != (goTest{"./a", "TestA|TestB"}) || m.suites[0] != (suite{"probes", "a b"}) {
		t.Errorf("it is read as %+v", m)
	}
	mutated, err := m.apply("x\n\tn := 0\n\tn++\ny\n")
	if want := "x\n\tn := 0\n\tn--\ny\n"; mutated != want || err != nil {
		t.Errorf("it becomes %q, %v, want %q", mutated, err, want)
	}
	for _, text := range []string{"", "\tn := 0\n\tn++\n\tn := 0\n\tn++\n", "\t\tn := 0\n\tn++\n"} {
		if _, err := m.apply(text); err == nil {
			t.Errorf("it is planted in %q", text)
		}
	}
}

func TestParseRefuses(t *testing.T) {
	for _, line := range []string{"mutant one", "what", "file", "test", "-	n++"} {
		var kept []string
		for _, l := range strings.Split(sample, "\n") {
			if !strings.HasPrefix(l, line) && !strings.HasPrefix(l, "suite") {
				kept = append(kept, l)
			}
		}
		if line == "-	n++" { // what is left says that one is added, which is a change
			kept = append(kept[:len(kept)-2], "")
		}
		if _, err := parse(strings.Join(kept, "\n")); err == nil {
			t.Errorf("without %q it is accepted", line)
		}
	}
	for _, line := range []string{"speed 9", "test a TestA", "test ./a (", "suite test_socket"} {
		text := strings.Replace(sample, "file ", line+"\nfile ", 1)
		if _, err := parse(text); err == nil {
			t.Errorf("with %q it is accepted", line)
		}
	}
}

func TestBlame(t *testing.T) {
	for _, c := range []struct {
		out, test string
		hung      bool
	}{
		{"ok\n--- FAIL: TestA (0.00s)\n    --- FAIL: TestA/x (0.00s)\nFAIL\n", "TestA", false},
		{"panic: test timed out after 20s\n\trunning tests:\n\t\tTestB (20s)\n", "TestB", true},
		{"panic: oops\n", "a panic", false},
		{"a goroutine was left behind\n", "the leak check", false},
		{"exit status 1\n", "its end", false},
	} {
		if test, hung := blame(c.out); test != c.test || hung != c.hung {
			t.Errorf("blame(%q) is %q, %v, want %q, %v", c.out, test, hung, c.test, c.hung)
		}
	}
}

func TestComplaint(t *testing.T) {
	for _, c := range []struct {
		out, test string
		hung      bool
	}{
		{"\ntest_poll: A.test_b fails: failed\n1 complaints", "A.test_b", false},
		{"test_poll: A.test_b fails: hung", "A.test_b", true},
		{"test_poll: A.test_b is slow: 9 s, on stock 1 s", "A.test_b (slow)", false},
		{"probe: poll / a / b\n    stock:  1\n", "probe poll / a / b", false},
		{"", "its end", false},
	} {
		if test, hung := complaint(c.out); test != c.test || hung != c.hung {
			t.Errorf("complaint(%q) is %q, %v, want %q, %v", c.out, test, hung, c.test, c.hung)
		}
	}
}

func TestSummary(t *testing.T) {
	text, err := summary([]result{
		{mutant: mutant{name: "one"}, goTest: verdict{tried: true, caught: "TestA", hung: true}},
		{mutant: mutant{name: "two"}, goTest: verdict{tried: true}, python: verdict{tried: true, caught: "x"}},
		{mutant: mutant{name: "three"}, goTest: verdict{tried: true}},
	}, options{conformance: true})
	want := `
mutant  by go test     by conformance
one     TestA (hangs)  -
two     no             x
three   no             -

3 mutants, 1 caught by go test, 1 by conformance, 1 survive
`
	if text != want {
		t.Errorf("the table is %s, want %s", text, want)
	}
	if err == nil || err.Error() != "these survive: three" {
		t.Error(err)
	}
}
