package peer

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

// ErrAbsent means that a server cannot take part on this machine.
var ErrAbsent = errors.New("absent")

//go:embed c/openssl_echo.c
var opensslEchoSource []byte

// buildOpenSSL compiles the TLS server in C, if OpenSSL's headers are there.
func buildOpenSSL(dir string) (string, error) {
	path, err := compile(dir, "openssl_echo", opensslEchoSource, "-lssl", "-lcrypto")
	if err != nil && !errors.Is(err, ErrAbsent) {
		return "", fmt.Errorf("%w: OpenSSL's headers are needed: %w", ErrAbsent, err)
	}
	return path, err
}

// buildC compiles the C server.
func buildC(dir string) (string, error) { return compile(dir, "epoll_echo", epollEchoSource) }

// compile uses the system's compiler.
func compile(dir, name string, text []byte, libraries ...string) (string, error) {
	cc, err := exec.LookPath("cc")
	if err != nil {
		return "", fmt.Errorf("%w: no C compiler", ErrAbsent)
	}
	source, binary := filepath.Join(dir, name+".c"), filepath.Join(dir, name)
	if err := os.WriteFile(source, text, 0o600); err != nil {
		return "", err
	}
	args := append([]string{"-O2", "-Wall", "-pthread", "-o", binary, source}, libraries...)
	if out, err := exec.Command(cc, args...).CombinedOutput(); err != nil {
		return "", fmt.Errorf("cc: %w\n%s", err, out)
	}
	return binary, nil
}
