// Package frame finds messages in a stream of bytes: of fixed size, with a
// length in front, or up to a delimiter.
//
// A [Splitter] belongs to one connection. A handler of package stream passes
// what Data gives it to [Each] and returns the count:
//
//	func (h *handler) Data(c *stream.Conn, p []byte) int {
//		used, err := frame.Each(&h.lines, p, func(line []byte) bool {
//			h.answer(c, line)
//			return !h.quit
//		})
//		if err != nil {
//			c.Abort()
//		}
//		return used
//	}
//
// Frames are slices of p, so that nothing is copied: valid as long as p is.
// Every splitter has a limit; without it a peer that never ends a message would
// be kept in memory up to stream.Config.MaxInput, which closes the connection.
// That must be at least as large as the largest frame with its header.
//
// For the other direction each kind has an Append method, which appends a
// frame of the payload to a buffer.
package frame
