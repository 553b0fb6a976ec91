package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"

	"github.com/pollux-net/pollux/tlsbridge"
)

// ofFile says which flag's file an error is about: what the packages below
// report is the call's name.
func ofFile(flag, file string, err error) error {
	if err == nil {
		return nil
	}
	if path := (*fs.PathError)(nil); errors.As(err, &path) {
		err = path.Err
	}
	return fmt.Errorf("%s %s: %w", flag, file, err)
}

// loadCertChain is the context's method for the files of --cert and --key.
func loadCertChain(ctx *tlsbridge.Context, cert, key string) error {
	if key != "" {
		if _, err := os.Stat(key); err != nil {
			return ofFile("--key", key, err)
		}
	}
	err := ctx.LoadCertChain(cert, key)
	if err != nil && key != "" { // it may be about either
		cert += " --key " + key
	}
	return ofFile("--cert", cert, err)
}
