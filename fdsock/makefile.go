package fdsock

import "github.com/pollux-net/pollux/fdsock/pyio"

// Makefile makes a file of the socket: socket.makefile. The mode has the
// letters r, w and b; "" is r. The options are Python's keyword arguments. The
// result is
//
//	"r", "w", "rw"                          *pyio.TextIOWrapper
//	"rb"                                    *pyio.BufferedReader
//	"wb"                                    *pyio.BufferedWriter
//	"rwb"                                   *pyio.BufferedRWPair
//	any with b, and pyio.Buffering(0)       *pyio.SocketIO
//
// where all with b are a [pyio.Binary]. MakefileBinary and MakefileText return
// what they make as such; here it takes f.(pyio.Binary) to read a line.
//
// The file has the socket's timeout; after a timeout it cannot be read any
// more. Closing it does not close the socket, and the other way round: the
// descriptor is closed when all of them are. Unlike Python's, a file that is
// dropped without Close stays open.
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
