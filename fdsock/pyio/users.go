package pyio

import "sync"

// Users counts the files of a socket, which closes when it is told to and none
// is open any more: Python's _io_refs and _closed. Any goroutine.
type Users struct {
	mu     sync.Mutex
	files  int
	closed bool
}

// Open counts a file. Each one is for one Release.
func (u *Users) Open() {
	u.mu.Lock()
	defer u.mu.Unlock()
	u.files++
}

// Release is the end of a file. It closes the socket if Close was called
// before, and this was the last file.
func (u *Users) Release(realClose func() error) error {
	u.mu.Lock()
	u.files--
	last := u.closed && u.files <= 0
	u.mu.Unlock()
	if last {
		return realClose()
	}
	return nil
}

// Close closes the socket, or leaves that to the last file.
func (u *Users) Close(realClose func() error) error {
	u.mu.Lock()
	u.closed = true
	last := u.files <= 0
	u.mu.Unlock()
	if last {
		return realClose()
	}
	return nil
}
