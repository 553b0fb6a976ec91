// Package leak checks that tests leave nothing behind: no goroutine, and on
// Linux no descriptor. It is for tests only.
//
// A test binary calls [Main] from its TestMain; a single test that provokes
// failures calls [Check].
package leak

import (
	"context"
	"fmt"
	"os"
	"sort"
	"strconv"
	"strings"
	"testing"

	"go.uber.org/goleak"
)

// Main runs the tests of a binary and fails it when they passed but left a
// goroutine or a descriptor behind. It does not return. What the tests share,
// the default group of package reactor for example, is ended after them by
// ends, which get a context that is done: an error says what was left open.
func Main(m *testing.M, ends ...func(context.Context) error) { os.Exit(run(m.Run, ends)) }

func run(tests func() int, ends []func(context.Context) error) int {
	before := census()
	if code := tests(); code != 0 {
		return code
	}
	done, cancel := context.WithCancel(context.Background())
	cancel()
	for _, end := range ends {
		if err := end(done); err != nil {
			fmt.Fprintln(os.Stderr, "leak:", err)
			return 1
		}
	}
	if left := leftovers(before); left != "" {
		fmt.Fprintln(os.Stderr, left)
		return 1
	}
	return 0
}

// Check makes a test fail when it leaves goroutines or descriptors behind
// that were not there when Check was called.
func Check(tb testing.TB) {
	tb.Helper()
	before := census()
	present := goleak.IgnoreCurrent()
	tb.Cleanup(func() {
		if left := leftovers(before, present); left != "" {
			tb.Error(left)
		}
	})
}

// leftovers describes what is there now and was not before. Goroutines come
// first: one that is still ending may hold a descriptor.
func leftovers(before map[int]string, opts ...goleak.Option) string {
	var left []string
	if err := goleak.Find(opts...); err != nil {
		left = append(left, "leak: "+err.Error())
	}
	for fd, what := range census() {
		if before[fd] != what {
			left = append(left, "leak: descriptor "+strconv.Itoa(fd)+" is open: "+what)
		}
	}
	sort.Strings(left)
	return strings.Join(left, "\n")
}

// census lists the open descriptors and what they refer to. It is empty where
// there is no /proc.
func census() map[int]string {
	warm()
	const dir = "/proc/self/fd"
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil
	}
	open := make(map[int]string)
	for _, e := range entries {
		fd, err := strconv.Atoi(e.Name())
		if err != nil {
			continue
		}
		if what, err := os.Readlink(dir + "/" + e.Name()); err == nil { // fails for ReadDir's own
			open[fd] = what
		}
	}
	return open
}

// warm makes the Go runtime open the descriptors of its own poller, which
// stay open for ever.
func warm() {
	if r, w, err := os.Pipe(); err == nil {
		_ = r.Close()
		_ = w.Close()
	}
}
