//go:build !((linux && (amd64 || arm64 || loong64)) || darwin || freebsd)

package peer

import (
	"fmt"
	"runtime"
)

func serveNetpoll(Config) error {
	return fmt.Errorf("netpoll does not compile on %s/%s", runtime.GOOS, runtime.GOARCH)
}

func serveHTTPNetpoll(cfg Config) error { return serveNetpoll(cfg) }
