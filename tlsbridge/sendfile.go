package tlsbridge

import (
	"errors"
	"io"
	"strconv"

	"github.com/pollux-net/pollux/reactor"
)

// SendFile sends a file from an offset in bytes to its end, or at most count
// bytes of it, and returns how many were sent: SSLSocket.sendfile, which reads
// and sends, since the kernel cannot encrypt. If the file can seek, its
// position is after what was sent when SendFile returns, also with an error.
//
// The socket must not be nonblocking, and a count must be positive: both are a
// ValueError. The timeout is for the whole call, and ends it when it waits. As [fdsock.Socket.SendFile],
// and unlike Python, it starts at the offset also when that is 0. An error
// ends the call for good: a Send that comes later begins anew.
func (s *Socket) SendFile(file io.Reader, offset int64, count ...int64) (sent int64, err error) {
	if s.unwrapped() {
		return s.sock.SendFile(file, offset, count...)
	}
	limit := int64(-1)
	if len(count) > 0 {
		limit = count[0]
	}
	switch {
	case len(count) > 0 && limit <= 0:
		return 0, &ValueError{"count must be a positive integer (got " + strconv.FormatInt(limit, 10) + ")"}
	case offset < 0:
		return 0, &ValueError{"offset must not be negative"}
	case s.GetTimeout() == 0:
		return 0, &ValueError{"non-blocking sockets are not supported"}
	}
	seeker, seeks := file.(io.Seeker)
	if seeks {
		_, err := seeker.Seek(offset, io.SeekStart)
		seeks = err == nil // a pipe's file has the method, too
	}
	if !seeks && offset != 0 {
		return 0, &ValueError{"underlying stream is not seekable"}
	}
	sent, err = s.sendRead(file, limit)
	if seeks && sent > 0 {
		_, bad := seeker.Seek(offset+sent, io.SeekStart)
		err = errors.Join(err, bad)
	}
	return sent, err
}

// sendRead reads and sends until the end of r, or limit bytes unless that is
// negative.
func (s *Socket) sendRead(r io.Reader, limit int64) (sent int64, err error) {
	if limit >= 0 {
		r = io.LimitReader(r, limit)
	}
	buf := plaintexts.Get().(*[recordSize]byte)
	defer plaintexts.Put(buf)
	began := reactor.Now()
	for {
		n, readErr := io.ReadFull(r, buf[:])
		if n > 0 {
			c := call{op: opWrite, p: buf[:n], wait: *s.sock.Resume(began), rule: partial}
			k, err := s.send(&c)
			sent += int64(k)
			if err != nil {
				return sent, err
			}
		}
		switch {
		case errors.Is(readErr, io.EOF), errors.Is(readErr, io.ErrUnexpectedEOF):
			return sent, nil
		case readErr != nil:
			return sent, readErr
		}
	}
}
