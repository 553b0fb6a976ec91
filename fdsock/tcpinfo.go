package fdsock

import "time"

// TCPState is a state of RFC 9293, under the kernel's number on Linux.
type TCPState uint8

// The states of a connection.
const (
	TCPEstablished TCPState = iota + 1
	TCPSynSent
	TCPSynReceived
	TCPFinWait1
	TCPFinWait2
	TCPTimeWait
	TCPClosed
	TCPCloseWait
	TCPLastAck
	TCPListen
	TCPClosing
	TCPNewSynReceived
)

var tcpStates = [...]string{
	"unknown", "ESTABLISHED", "SYN-SENT", "SYN-RECEIVED", "FIN-WAIT-1", "FIN-WAIT-2", "TIME-WAIT",
	"CLOSED", "CLOSE-WAIT", "LAST-ACK", "LISTEN", "CLOSING", "NEW-SYN-RECEIVED",
}

// String returns the RFC's name.
func (s TCPState) String() string {
	if int(s) < len(tcpStates) {
		return tcpStates[s]
	}
	return tcpStates[0]
}

// TCPInfo is what the kernel knows about a TCP connection: TCP_INFO, decoded.
// An older kernel tells less: what lies beyond Returned is zero. Counts are of
// segments unless they say bytes. The names are struct tcp_info's.
type TCPInfo struct {
	Returned int // bytes of struct tcp_info that the kernel has filled in

	State                 TCPState
	CongestionState       uint8 // 0 open, 1 disorder, 2 CWR, 3 recovery, 4 loss
	Retransmits           uint8
	Probes, Backoff       uint8
	Options               uint8 // TCPI_OPT_ bits
	SndWscale, RcvWscale  uint8
	DeliveryAppLimited    bool
	RTO, ATO              time.Duration
	SndMSS, RcvMSS        uint32 // bytes
	Unacked, Sacked, Lost uint32
	Retrans, Fackets      uint32

	// How long ago.
	LastDataSent, LastDataRecv, LastAckRecv time.Duration

	PMTU, RcvSSThresh      uint32 // bytes
	RTT, RTTVar            time.Duration
	SndSSThresh, SndCwnd   uint32
	AdvMSS, Reordering     uint32
	RcvRTT                 time.Duration
	RcvSpace, TotalRetrans uint32

	PacingRate, MaxPacingRate  uint64 // bytes each second; all ones: no limit
	BytesAcked, BytesReceived  uint64
	SegsOut, SegsIn            uint32
	NotSentBytes               uint32
	MinRTT                     time.Duration
	DataSegsIn, DataSegsOut    uint32
	DeliveryRate               uint64 // bytes each second
	BusyTime                   time.Duration
	RwndLimited, SndbufLimited time.Duration
	Delivered, DeliveredCE     uint32
	BytesSent, BytesRetrans    uint64
	DSACKDups, ReordSeen       uint32
	RcvOOOPack                 uint32
	SndWnd, RcvWnd             uint32 // bytes
	Rehash                     uint32
	TotalRTO, RTORecoveries    uint16
	TotalRTOTime               time.Duration
}
