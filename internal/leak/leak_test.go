package leak

import (
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
