package stream

// What one connection may take of a loop's turn, and of a system call. What is
// left waits for the next turn; readsPerTurn is where accepting has its own.
const (
	dataPerTurn  = 64      // calls of Handler.Data: filters make many of one read
	flushPerTurn = 1 << 20 // bytes sent of what is owed
	maxVector    = 64      // pieces of a gathered write
	corkLimit    = 64 << 10
)
