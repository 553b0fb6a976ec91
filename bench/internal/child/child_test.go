package child

import (
	"bufio"
	"slices"
	"strings"
	"testing"
)

func reader(text string) *bufio.Reader { return bufio.NewReader(strings.NewReader(text)) }

func TestReadReady(t *testing.T) {
	if addr, err := readReady(reader("READY 127.0.0.1:80\nmore")); err != nil || addr != "127.0.0.1:80" {
		t.Errorf("got %q, %v", addr, err)
	}
	for _, bad := range []string{"", "READY 127.0.0.1:80", "hello\n"} {
		if _, err := readReady(reader(bad)); err == nil {
			t.Errorf("no error for %q", bad)
		}
	}
}

func TestEnvDropsGOMAXPROCS(t *testing.T) {
	t.Setenv("GOMAXPROCS", "7")
	env := Env("A=B")
	if slices.ContainsFunc(env, func(e string) bool { return strings.HasPrefix(e, "GOMAXPROCS=") }) {
		t.Error("GOMAXPROCS is passed on")
	}
	if !slices.Contains(env, "A=B") {
		t.Error("the addition is missing")
	}
}
