package pyio

import (
	"errors"
	"fmt"

	"github.com/pollux-net/pollux/internal/sys"
)

// ErrWouldBlock is Python's None: the socket is nonblocking, and has nothing
// to give or no room. errors.Is finds EAGAIN in it.
var ErrWouldBlock error = &BlockingIOError{Text: "the call would have to wait"}

// BlockingIOError is a buffered write that could not be completed without
// waiting. errors.Is finds EAGAIN in it.
type BlockingIOError struct {
	Text string
	// CharactersWritten is how many bytes of the argument were taken, sent or
	// buffered.
	CharactersWritten int
}

// Error implements error.
func (e *BlockingIOError) Error() string { return "BlockingIOError: " + e.Text }

// Unwrap returns EAGAIN.
func (e *BlockingIOError) Unwrap() error { return sys.EAGAIN }

// Temporary is true: the call may succeed once the socket is ready.
func (e *BlockingIOError) Temporary() bool { return true }

// Timeout is false: the socket did not wait.
func (e *BlockingIOError) Timeout() bool { return false }

func incomplete(taken int) error {
	return &BlockingIOError{Text: "write could not complete without blocking", CharactersWritten: taken}
}

// ValueError is an argument or a state that Python refuses with a ValueError.
type ValueError struct{ Text string }

// Error implements error.
func (e *ValueError) Error() string { return e.Text }

// OSError is an OSError of Python that has no number.
type OSError struct{ Text string }

// Error implements error.
func (e *OSError) Error() string { return e.Text }

// LookupError is an encoding, or a handler of encoding errors, that is not
// known here.
type LookupError struct{ Text string }

// Error implements error.
func (e *LookupError) Error() string { return e.Text }

// UnsupportedOperation is a call that the object does not have, such as a read
// of a file that was opened for writing.
type UnsupportedOperation struct{ Text string } //nolint:errname // Python's name

// Error implements error.
func (e *UnsupportedOperation) Error() string { return e.Text }

// Is finds errors.ErrUnsupported in it.
func (e *UnsupportedOperation) Is(target error) bool { return target == errors.ErrUnsupported }

// UnicodeError is text or bytes that have no place in an encoding at all.
type UnicodeError struct{ Text string }

// Error implements error.
func (e *UnicodeError) Error() string { return e.Text }

// UnicodeDecodeError is bytes that do not decode. Object is what was being
// decoded; Object[Start:End] is at fault.
type UnicodeDecodeError struct {
	Encoding   string
	Object     []byte
	Start, End int
	Reason     string
}

// Error says what Python says.
func (e *UnicodeDecodeError) Error() string {
	if e.End == e.Start+1 {
		return fmt.Sprintf("'%s' codec can't decode byte 0x%02x in position %d: %s",
			e.Encoding, e.Object[e.Start], e.Start, e.Reason)
	}
	return fmt.Sprintf("'%s' codec can't decode bytes in position %d-%d: %s", e.Encoding, e.Start, e.End-1, e.Reason)
}

// UnicodeEncodeError is characters that have no place in an encoding. Start
// and End count characters from the beginning of the text.
type UnicodeEncodeError struct {
	Encoding   string
	Char       rune // the first of them
	Start, End int
	Reason     string
}

// Error says what Python says.
func (e *UnicodeEncodeError) Error() string {
	if e.End > e.Start+1 {
		return fmt.Sprintf("'%s' codec can't encode characters in position %d-%d: %s",
			e.Encoding, e.Start, e.End-1, e.Reason)
	}
	return fmt.Sprintf("'%s' codec can't encode character '%s' in position %d: %s",
		e.Encoding, escape(e.Char), e.Start, e.Reason)
}

// The errors that are the same every time.
var (
	errClosedFile   = &ValueError{"I/O operation on closed file."}
	errClosedSocket = &ValueError{"I/O operation on closed socket."}
	errReadClosed   = &ValueError{"read of closed file"}
	errIntoClosed   = &ValueError{"readinto of closed file"}
	errLineClosed   = &ValueError{"readline of closed file"}
	errPeekClosed   = &ValueError{"peek of closed file"}
	errWriteClosed  = &ValueError{"write to closed file"}
	errFlushClosed  = &ValueError{"flush of closed file"}
	errSeekClosed   = &ValueError{"seek of closed file"}
	errTruncClosed  = &ValueError{"truncate of closed file"}
	errRawDetached  = &ValueError{"raw stream has been detached"}
	errTextDetached = &ValueError{"underlying buffer has been detached"}
	errReadLength   = &ValueError{"read length must be non-negative or -1"}
	errBufferSize   = &ValueError{"buffer size must be strictly positive"}
	errTimedOut     = &OSError{"cannot read from timed out object"}
	errNoneRead     = &OSError{"read() should have returned a bytes object, not 'NoneType'"}

	errNotReadable  = &UnsupportedOperation{"File or stream is not readable."}
	errNotWritable  = &UnsupportedOperation{"File or stream is not writable."}
	errNotSeekable  = &UnsupportedOperation{"File or stream is not seekable."}
	errTextRead     = &UnsupportedOperation{"not readable"}
	errTextWrite    = &UnsupportedOperation{"not writable"}
	errTextSeek     = &UnsupportedOperation{"underlying stream is not seekable"}
	errNoRead       = &UnsupportedOperation{"read"}
	errNoRead1      = &UnsupportedOperation{"read1"}
	errNoPeek       = &UnsupportedOperation{"peek"}
	errNoWrite      = &UnsupportedOperation{"write"}
	errNoSeek       = &UnsupportedOperation{"seek"}
	errNoTruncate   = &UnsupportedOperation{"truncate"}
	errNoFileno     = &UnsupportedOperation{"fileno"}
	errNoDetach     = &UnsupportedOperation{"detach"}
	errReconfigured = &UnsupportedOperation{
		"It is not possible to set the encoding or newline of stream after the first read",
	}
)
