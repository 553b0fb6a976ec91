package leak

import (
	"context"
	"errors"
	"os"
	"strings"
	"testing"
)

func TestMain(m *testing.M) { Main(m) }

func TestFindsGoroutine(t *testing.T) {
	before := census()
	quit := make(chan struct{})
	done := make(chan struct{})
	go func() { <-quit; close(done) }()
	if left := leftovers(before); !strings.Contains(left, "goroutine") {
		t.Errorf("a goroutine was left, report is %q", left)
	}
	close(quit)
	<-done
	if left := leftovers(before); left != "" {
		t.Errorf("nothing was left, report is %q", left)
	}
}

func TestFindsDescriptor(t *testing.T) {
	before := census()
	if before == nil {
		t.Skip("no /proc/self/fd on this system")
	}
	f, err := os.Open(os.DevNull)
	if err != nil {
		t.Fatal(err)
	}
	if left := leftovers(before); !strings.Contains(left, os.DevNull) {
		t.Errorf("%s was left open, report is %q", os.DevNull, left)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	if left := leftovers(before); left != "" {
		t.Errorf("nothing was left, report is %q", left)
	}
}

// TestEnds ends what the tests share, once they have passed, and fails when
// that says something was left.
func TestEnds(t *testing.T) {
	for _, c := range []struct {
		tests, ended, want int
		err                error
	}{
		{tests: 0, ended: 1, want: 0},
		{tests: 0, ended: 1, want: 1, err: errors.New("one socket is open")},
		{tests: 2, ended: 0, want: 2},
	} {
		ended := 0
		end := func(ctx context.Context) error {
			if ctx.Err() == nil {
				t.Error("the context is not done")
			}
			ended++
			return c.err
		}
		if code := run(func() int { return c.tests }, []func(context.Context) error{end}); code != c.want || ended != c.ended {
			t.Errorf("%+v: code %d, ended %d times", c, code, ended)
		}
	}
}
