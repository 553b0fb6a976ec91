package peer

import (
	"embed"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
)

// sources are the C servers', and what they have in common.
//
//go:embed c
var sources embed.FS

// ErrAbsent means that a server cannot take part on this machine.
var ErrAbsent = errors.New("absent")

// buildOpenSSL compiles the TLS server in C, if OpenSSL's headers are there.
func buildOpenSSL(dir string) (string, error) {
	path, err := compile(dir, "openssl_echo", "-lssl", "-lcrypto")
	if err != nil && !errors.Is(err, ErrAbsent) {
		return "", fmt.Errorf("%w: OpenSSL's headers are needed: %w", ErrAbsent, err)
	}
	return path, err
}

// buildC compiles the C server.
func buildC(dir string) (string, error) { return compile(dir, "epoll_echo") }

// compile uses the system's compiler.
func compile(dir, name string, libraries ...string) (string, error) {
	cc, err := exec.LookPath("cc")
	if err != nil {
		return "", fmt.Errorf("%w: no C compiler", ErrAbsent)
	}
	for _, file := range []string{"common.h", name + ".c"} {
		text, err := sources.ReadFile("c/" + file)
		if err != nil {
			return "", err
		}
		if err := os.WriteFile(filepath.Join(dir, file), text, 0o600); err != nil {
			return "", err
		}
	}
	binary := filepath.Join(dir, name)
	args := append([]string{"-O2", "-Wall", "-pthread", "-o", binary, binary + ".c"}, libraries...)
	if out, err := exec.Command(cc, args...).CombinedOutput(); err != nil {
		return "", fmt.Errorf("cc: %w\n%s", err, out)
	}
	return binary, nil
}
