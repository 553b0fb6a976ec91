//go:build darwin || dragonfly || freebsd || netbsd || openbsd

package fdsock

import "errors"

// errCannot says that the kernel does not splice.
var errCannot = errors.New("the kernel cannot splice")

func cannot(err error) bool { return errors.Is(err, errCannot) }

// pump is Linux's.
func pump(_, _ end, _ int64) (int64, []byte, error) { return 0, nil, errCannot }
