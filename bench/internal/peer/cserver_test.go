package peer

import (
	"errors"
	"testing"
)

func TestNoCompilerMeansAbsent(t *testing.T) {
	t.Setenv("PATH", t.TempDir())
	if _, err := buildC(t.TempDir()); !errors.Is(err, ErrAbsent) {
		t.Errorf("got %v, want %v", err, ErrAbsent)
	}
}
