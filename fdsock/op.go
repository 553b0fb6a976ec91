package fdsock

// op names a call, as Python does, for errors.
type op uint8

const (
	opSocket op = iota
	opSocketpair
	opBind
	opListen
	opAccept
	opConnect
	opShutdown
	opClose
	opRecv
	opSend
	opSendAll
	opGetSockName
	opGetPeerName
	opGetSockOpt
	opSetSockOpt
	opRecvFrom
	opRecvMsg
	opSendTo
	opSendMsg
	opDup
	opInheritable
	opSetBlocking
	opSendFile
	opSplice
	opGetInheritable
	opConnectEx
	opCount
)

var opNames = [opCount]string{
	"socket", "socketpair", "bind", "listen", "accept", "connect", "shutdown", "close",
	"recv", "send", "sendall", "getsockname", "getpeername", "getsockopt", "setsockopt",
	"recvfrom", "recvmsg", "sendto", "sendmsg", "dup", "set_inheritable", "setblocking",
	"sendfile", "splice", "get_inheritable", "connect_ex",
}

func (o op) String() string { return opNames[o] }
