package main

import (
	_ "embed" // for the source of the C server
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
)

//go:embed c/epoll_echo.c
var epollEchoSource []byte

// errAbsent means that a server cannot take part on this machine.
var errAbsent = errors.New("absent")

// buildC compiles the C server with the system's compiler.
func buildC(dir string) (string, error) {
	cc, err := exec.LookPath("cc")
	if err != nil {
		return "", fmt.Errorf("%w: no C compiler", errAbsent)
	}
	source, binary := filepath.Join(dir, "epoll_echo.c"), filepath.Join(dir, "epoll_echo")
	if err := os.WriteFile(source, epollEchoSource, 0o600); err != nil {
		return "", err
	}
	if out, err := exec.Command(cc, "-O2", "-Wall", "-pthread", "-o", binary, source).CombinedOutput(); err != nil {
		return "", fmt.Errorf("cc: %w\n%s", err, out)
	}
	return binary, nil
}
