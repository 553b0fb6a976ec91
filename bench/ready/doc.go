// Command ready measures what it costs to ask which sockets are ready, by
// pyselect, by CPython's select module and by bare system calls, in turns
// within one run:
//
//	go run ./bench/ready
//
// Each figure is the median of the rounds, in microseconds for one call. One
// of the registered sockets is ready (poll, epoll) or none is (select). A wake
// is the time from a peer's send to the return of a Poll that waits.
//
// CPython's select ends at 1024 descriptors, and its other figures need
// python3; without it they are left out. The process raises RLIMIT_NOFILE as
// far as it may, and measures as many sockets as that allows.
package main
