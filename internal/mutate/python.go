package main

import (
	"context"
	"fmt"
	"hash/fnv"
	"path/filepath"
	"strconv"
	"strings"
)

// testLimit is what one test of CPython's may take, in seconds.
const testLimit = 20

// python runs the mutant's suites on a library with the bug, until one fails.
// It is what make conformance does, with a library of its own, and the
// baseline of the first mutant that names the same tests.
func (l *laboratory) python(ctx context.Context, m mutant, overlay string) (v verdict, all string, err error) {
	library := filepath.Join(l.dir, m.name+".so")
	ok, out, err := l.command(ctx, patience, "go", "build", "-overlay="+overlay, "-tags=libpollux",
		"-buildmode=c-shared", "-o="+library, "./cmd/libpollux")
	switch {
	case err != nil:
		return v, out, err
	case !ok:
		return v, out, fmt.Errorf("libpollux does not compile:\n%s", out)
	}
	for _, s := range m.suites {
		ok, out, err := l.command(ctx, patience, "env", "POLLUX_LIB="+library, "python3", "internal/pyconform/run.py",
			"--suites="+s.name, "--args="+s.args, "--timeout="+strconv.Itoa(testLimit), "--reuse-stock",
			"--out="+filepath.Join(l.dir, s.folder()))
		if err != nil {
			return v, out, err
		}
		v.tried, all = true, all+out
		if !ok {
			v.caught, v.hung = complaint(out)
			break
		}
	}
	return v, all, nil
}

// folder is where the results of a suite go: those with the same arguments
// share a baseline.
func (s suite) folder() string {
	h := fnv.New64a()
	_, _ = h.Write([]byte(s.name + " " + s.args))
	return strconv.FormatUint(h.Sum64(), 36)
}

// complaint finds in the output of run.py the first thing that is wrong.
func complaint(out string) (test string, hung bool) {
	for line := range strings.SplitSeq(out, "\n") {
		if label, is := strings.CutPrefix(line, "probe: "); is {
			return "probe " + label, strings.HasSuffix(label, " / it")
		}
		if test, text, is := strings.Cut(line, " fails: "); is {
			_, name, _ := strings.Cut(test, ": ")
			return name, strings.HasPrefix(text, "hung")
		}
		if test, _, is := strings.Cut(line, " is slow: "); is {
			_, name, _ := strings.Cut(test, ": ")
			return name + " (slow)", false
		}
	}
	return "its end", false
}
