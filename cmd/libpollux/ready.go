//go:build libpollux

package main

import (
	"errors"

	"github.com/pollux-net/pollux/fdsock"
)

// forPython is what CPython's sockets look like to the kernel and to signals.
const forPython = fdsock.KernelFlag | fdsock.Interruptible

// ready makes new sockets look like CPython's, or closes them all.
func ready(sockets ...*fdsock.Socket) error {
	for _, s := range sockets {
		if err := s.SetOptions(forPython); err != nil {
			for _, s := range sockets {
				err = errors.Join(err, s.Close())
			}
			return err
		}
	}
	return nil
}

// adopt makes a socket of the caller's descriptor, or leaves it to the caller.
func adopt(fd, family, typ, proto int) (*fdsock.Socket, error) {
	s, err := fdsock.FromFD(fd, family, typ, proto)
	if err != nil {
		return nil, err
	}
	if err := s.SetOptions(forPython); err != nil {
		s.Detach()
		return nil, err
	}
	return s, nil
}
