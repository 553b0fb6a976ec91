package main

import (
	"context"
	"fmt"
	"regexp"
	"strings"
	"time"
)

// goTest runs tests of a package with an overlay, or without one if that is "".
func (l *laboratory) goTest(ctx context.Context, t goTest, overlay string, limit time.Duration) (verdict, string, error) {
	args := []string{
		"test", "-vet=off", "-ldflags=-w", // neither is of use here, and both take time
		"-count=1", "-failfast", "-timeout=" + limit.String(), "-run=" + t.pattern,
	}
	if strings.HasPrefix(t.pkg, "./cmd/libpollux") {
		args = append(args, "-tags=libpollux")
	}
	if overlay != "" {
		args = append(args, "-overlay="+overlay)
	}
	ok, out, err := l.command(ctx, limit+patience, "go", append(args, t.pkg)...)
	switch {
	case err != nil:
		return verdict{}, out, err
	case strings.Contains(out, "[build failed]"), strings.Contains(out, "[setup failed]"):
		return verdict{}, out, fmt.Errorf("it does not compile:\n%s", out)
	case strings.Contains(out, "[no tests to run]"):
		return verdict{}, out, fmt.Errorf("%s has no test %s", t.pkg, t.pattern)
	}
	v := verdict{tried: true}
	if !ok {
		v.caught, v.hung = blame(out)
	}
	return v, out, nil
}

var (
	failed  = regexp.MustCompile(`(?m)^\s*--- FAIL: (\S+)`)
	running = regexp.MustCompile(`(?m)^\s*running tests:\n\s*(\S+)`)
	leaked  = regexp.MustCompile(`(?m)^.*\bleft\b.*$|^leak: .*$`)
)

// blame finds in the output of go test which test has failed.
func blame(out string) (test string, hung bool) {
	if strings.Contains(out, "panic: test timed out") {
		if m := running.FindStringSubmatch(out); m != nil {
			return m[1], true
		}
		return "the end", true
	}
	// The first is the top of its tree, which is enough to find it by.
	if m := failed.FindStringSubmatch(out); m != nil {
		return m[1], false
	}
	if strings.Contains(out, "panic: ") || strings.Contains(out, "fatal error: ") {
		return "a panic", false
	}
	if leaked.MatchString(out) {
		return "the leak check", false
	}
	return "its end", false
}
