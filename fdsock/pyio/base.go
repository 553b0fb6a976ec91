package pyio

import (
	"sync/atomic"
)

// base is what a buffer says of the file below it.
type base struct{ raw atomic.Pointer[SocketIO] } // nil once detached

func (b *base) attached() (*SocketIO, error) {
	if raw := b.raw.Load(); raw != nil {
		return raw, nil
	}
	return nil, errRawDetached
}

// usable returns the file below, or the given error if it is closed.
func (b *base) usable(closed error) (*SocketIO, error) {
	raw, err := b.attached()
	if err != nil {
		return nil, err
	}
	if raw.Closed() {
		return nil, closed
	}
	return raw, nil
}

func (b *base) begun() error {
	_, err := b.usable(errClosedFile)
	return err
}

// Raw returns the file below, nil once it is detached.
func (b *base) Raw() *SocketIO { return b.raw.Load() }

// Flush does nothing but to check that the file is open.
func (b *base) Flush() error { return b.begun() }

// Closed reports whether the file is closed, or detached.
func (b *base) Closed() bool {
	raw := b.raw.Load()
	return raw == nil || raw.Closed()
}

// Fileno returns the socket's descriptor, -1 if that is closed.
func (b *base) Fileno() (int, error) {
	raw, err := b.attached()
	if err != nil {
		return -1, err
	}
	return raw.Fileno()
}

// Mode returns rb or wb, "" once detached.
func (b *base) Mode() string {
	if raw := b.raw.Load(); raw != nil {
		return raw.Mode()
	}
	return ""
}

// Seekable reports false.
func (b *base) Seekable() (bool, error) {
	raw, err := b.attached()
	if err != nil {
		return false, err
	}
	return raw.Seekable()
}

// IsATTY reports false.
func (b *base) IsATTY() (bool, error) {
	raw, err := b.attached()
	if err != nil {
		return false, err
	}
	return raw.IsATTY()
}

// Seek fails.
func (b *base) Seek(int64, int) (int64, error) {
	if _, err := b.usable(errSeekClosed); err != nil {
		return 0, err
	}
	return 0, errNotSeekable
}

// Tell fails.
func (b *base) Tell() (int64, error) {
	if _, err := b.attached(); err != nil {
		return 0, err
	}
	return 0, errNoSeek
}

// Truncate fails.
func (b *base) Truncate() error {
	if _, err := b.usable(errTruncClosed); err != nil {
		return err
	}
	return errNoTruncate
}

// Readable reports whether the file reads.
func (b *BufferedReader) Readable() (bool, error) {
	raw, err := b.attached()
	if err != nil {
		return false, err
	}
	return raw.Readable()
}

// Writable reports whether the file writes.
func (b *BufferedWriter) Writable() (bool, error) {
	raw, err := b.attached()
	if err != nil {
		return false, err
	}
	return raw.Writable()
}

// refusesWrites is the writing half of a file that only reads.
type refusesWrites struct{}

// Writable reports false.
func (refusesWrites) Writable() (bool, error) { return false, nil }

// Write fails.
func (refusesWrites) Write([]byte) (int, error) { return 0, errNoWrite }

// WriteString fails.
func (refusesWrites) WriteString(string) (int, error) { return 0, errNoWrite }

// refusesReads is the reading half of a file that only writes.
type refusesReads struct{}

// Readable reports false.
func (refusesReads) Readable() (bool, error) { return false, nil }

// Read fails.
func (refusesReads) Read([]byte) (int, error) { return 0, errNoRead }

// ReadN fails.
func (refusesReads) ReadN(int) ([]byte, error) { return nil, errNoRead }

// ReadAll fails.
func (refusesReads) ReadAll() ([]byte, error) { return nil, errNoRead }

// Read1 fails.
func (refusesReads) Read1(int) ([]byte, error) { return nil, errNoRead1 }

// ReadInto fails.
func (refusesReads) ReadInto([]byte) (int, error) { return 0, errNoRead }

// ReadInto1 fails.
func (refusesReads) ReadInto1([]byte) (int, error) { return 0, errNoRead1 }

// Peek fails.
func (refusesReads) Peek(int) ([]byte, error) { return nil, errNoPeek }
