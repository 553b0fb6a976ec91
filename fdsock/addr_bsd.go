//go:build darwin || dragonfly || freebsd || netbsd || openbsd

package fdsock

import "github.com/pollux-net/pollux/internal/sys"

// fromExotic is for families that only Linux has.
func fromExotic(sa *sys.Sockaddr) Addr { return RawAddr{Family: sa.Family, Data: sa.Path} }
