package sys

// Recv receives from a socket into p. It returns 0 with no error at the end
// of a stream.
func Recv(fd int, p []byte, flags int) (int, Errno) {
	for {
		q, errno := injectLen(OpRecv, fd, p)
		if errno == 0 {
			var n int
			if n, errno = recv(fd, q, flags); errno == 0 {
				return n, 0
			}
		}
		if errno != EINTR {
			return 0, errno
		}
	}
}

// Send sends p on a connected socket, without raising SIGPIPE.
func Send(fd int, p []byte, flags int) (int, Errno) {
	for {
		q, errno := injectLen(OpSend, fd, p)
		if errno == 0 {
			var n int
			if n, errno = send(fd, q, flags|msgNoSignal); errno == 0 {
				return n, 0
			}
		}
		if errno != EINTR {
			return 0, errno
		}
	}
}

// Read reads from any nonblocking descriptor.
func Read(fd int, p []byte) (int, Errno) {
	for {
		q, errno := injectLen(OpRead, fd, p)
		if errno == 0 {
			var n int
			if n, errno = read(fd, q); errno == 0 {
				return n, 0
			}
		}
		if errno != EINTR {
			return 0, errno
		}
	}
}

// Write writes to any nonblocking descriptor.
func Write(fd int, p []byte) (int, Errno) {
	for {
		q, errno := injectLen(OpWrite, fd, p)
		if errno == 0 {
			var n int
			if n, errno = write(fd, q); errno == 0 {
				return n, 0
			}
		}
		if errno != EINTR {
			return 0, errno
		}
	}
}
