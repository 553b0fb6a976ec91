package fdsock

import "github.com/pollux-net/pollux/internal/sys"

// maxOption is the most that an option may hold, Python's limit.
const maxOption = 1024

// cInts refuses numbers of which the kernel would see the lower half only.
func cInts(numbers ...int) error {
	for _, n := range numbers {
		if n != int(int32(n)) {
			return &OverflowError{"Python int too large to convert to C int"}
		}
	}
	return nil
}

// GetSockOptBytes reads an option of at most n bytes.
func (s *Socket) GetSockOptBytes(level, name, n int) ([]byte, error) {
	if n < 0 || n > maxOption {
		return nil, &Error{Op: opGetSockOpt.String(), Text: "getsockopt buflen out of range"}
	}
	p := make([]byte, n)
	n, err := s.GetSockOptInto(level, name, p)
	return p[:n], err
}

// GetSockOptInto reads an option into p and returns its length in bytes.
func (s *Socket) GetSockOptInto(level, name int, p []byte) (n int, err error) {
	if err := cInts(level, name); err != nil {
		return 0, err
	}
	err = s.option(opGetSockOpt, level, name, func(fd int) (errno Errno) {
		n, errno = sys.GetsockoptBytes(fd, level, name, p)
		return errno
	})
	return n, err
}

// SetSockOptBytes sets an option from its bytes, a C structure for example.
func (s *Socket) SetSockOptBytes(level, name int, p []byte) error {
	if err := cInts(level, name); err != nil {
		return err
	}
	if p == nil {
		p = []byte{}
	}
	return s.option(opSetSockOpt, level, name, func(fd int) Errno { return sys.SetsockoptBytes(fd, level, name, p, 0) })
}

// SetSockOptNil sets an option to no value of a length: Python's
// setsockopt(level, name, None, optlen).
func (s *Socket) SetSockOptNil(level, name, optlen int) error {
	if err := cInts(level, name, optlen); err != nil {
		return err
	}
	return s.option(opSetSockOpt, level, name, func(fd int) Errno { return sys.SetsockoptBytes(fd, level, name, nil, optlen) })
}
