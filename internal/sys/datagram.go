package sys

// Recvfrom receives into p, and who sent it into from. With MSG_TRUNC the
// count is the datagram's, which may be more than p holds.
func Recvfrom(fd int, p []byte, flags int, from *Sockaddr) (int, Errno) {
	for {
		q, errno := injectLen(OpRecv, fd, p)
		if errno == 0 {
			var n int
			if n, errno = recvfrom(fd, q, flags, from); errno == 0 {
				return n, 0
			}
		}
		if errno != EINTR {
			return 0, errno
		}
	}
}

// Sendto sends p to an address, without raising SIGPIPE.
func Sendto(fd int, p []byte, flags int, to *Sockaddr) (int, Errno) {
	for {
		q, errno := injectLen(OpSend, fd, p)
		if errno == 0 {
			var n int
			if n, errno = sendto(fd, q, flags|msgNoSignal, to); errno == 0 {
				return n, 0
			}
		}
		if errno != EINTR {
			return 0, errno
		}
	}
}
