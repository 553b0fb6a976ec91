package tlsbridge

import "github.com/pollux-net/pollux/fdsock/pyio"

// Makefile makes a file of the connection: SSLSocket.makefile. The mode has the
// letters r, w and b; "" is r. With b the result is a [pyio.Binary]: a
// BufferedReader, BufferedWriter or BufferedRWPair, a SocketIO with
// pyio.Buffering(0). Without b it is a *[pyio.TextIOWrapper]. The options are
// Python's keyword arguments.
//
// The file has the socket's timeout, reference counting and end of stream: see
// fdsock.Socket.Makefile and Options.KeepRaggedEOFs. On a nonblocking
// socket calls fail with SSLWantReadError and SSLWantWriteError, which are not
// Python's None. What was read before comes with the error; a write is to be
// called again with the same data.
func (s *Socket) Makefile(mode string, opts ...pyio.Option) (pyio.File, error) {
	s.files.Open()
	return pyio.Open(fileSource{s}, mode, opts...)
}

// MakefileBinary is Makefile of bytes: b is added to the mode.
func (s *Socket) MakefileBinary(mode string, opts ...pyio.Option) (pyio.Binary, error) {
	s.files.Open()
	return pyio.OpenBinary(fileSource{s}, mode, opts...)
}

// MakefileText is Makefile of text: b in the mode is an error.
func (s *Socket) MakefileText(mode string, opts ...pyio.Option) (*pyio.TextIOWrapper, error) {
	s.files.Open()
	return pyio.OpenText(fileSource{s}, mode, opts...)
}

// fileSource is a socket under a file.
type fileSource struct{ s *Socket }

func (f fileSource) RecvInto(p []byte) (int, error) { return f.s.RecvInto(p) }
func (f fileSource) Send(p []byte) (int, error)     { return f.s.Send(p) }
func (f fileSource) Fileno() int                    { return f.s.Fileno() }
func (f fileSource) Release() error                 { return f.s.files.Release(f.s.realClose) }
