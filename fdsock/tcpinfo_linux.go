//go:build linux

package fdsock

import (
	"encoding/binary"
	"time"
)

// rawTCPInfo is struct tcp_info of linux/tcp.h, which has no padding.
type rawTCPInfo struct {
	State, CAState, Retransmits, Probes, Backoff, Options, Wscale, Limited uint8

	RTO, ATO, SndMSS, RcvMSS                             uint32
	Unacked, Sacked, Lost, Retrans, Fackets              uint32
	LastDataSent, LastAckSent, LastDataRecv, LastAckRecv uint32
	PMTU, RcvSSThresh, RTT, RTTVar                       uint32
	SndSSThresh, SndCwnd, AdvMSS, Reordering             uint32
	RcvRTT, RcvSpace, TotalRetrans                       uint32

	PacingRate, MaxPacingRate, BytesAcked, BytesReceived           uint64
	SegsOut, SegsIn, NotSentBytes, MinRTT, DataSegsIn, DataSegsOut uint32
	DeliveryRate, BusyTime, RwndLimited, SndbufLimited             uint64
	Delivered, DeliveredCE                                         uint32
	BytesSent, BytesRetrans                                        uint64
	DSACKDups, ReordSeen, RcvOOOPack, SndWnd, RcvWnd, Rehash       uint32
	TotalRTO, RTORecoveries                                        uint16
	TotalRTOTime                                                   uint32
}

// TCPInfo asks the kernel about a TCP connection, see tcp(7).
func (s *Socket) TCPInfo() (TCPInfo, error) {
	var p [256]byte
	n, err := s.GetSockOptInto(IPPROTO_TCP, TCP_INFO, p[:])
	if err != nil {
		return TCPInfo{}, err
	}
	var raw rawTCPInfo
	if _, err := binary.Decode(p[:], binary.NativeEndian, &raw); err != nil {
		return TCPInfo{}, err
	}
	info := TCPInfo{Returned: n}
	raw.state(&info)
	raw.times(&info)
	raw.totals(&info)
	return info, nil
}

func (r *rawTCPInfo) state(i *TCPInfo) {
	i.State, i.CongestionState = TCPState(r.State), r.CAState
	i.Retransmits, i.Probes, i.Backoff, i.Options = r.Retransmits, r.Probes, r.Backoff, r.Options
	i.SndWscale, i.RcvWscale = nibbles(r.Wscale)
	limited := uint8(1) // the first bit, see nibbles
	if bigEndian {
		limited = 0x80
	}
	i.DeliveryAppLimited = r.Limited&limited != 0
	i.SndMSS, i.RcvMSS = r.SndMSS, r.RcvMSS
	i.Unacked, i.Sacked, i.Lost, i.Retrans, i.Fackets = r.Unacked, r.Sacked, r.Lost, r.Retrans, r.Fackets
	i.PMTU, i.RcvSSThresh, i.SndSSThresh, i.SndCwnd = r.PMTU, r.RcvSSThresh, r.SndSSThresh, r.SndCwnd
	i.AdvMSS, i.Reordering, i.RcvSpace = r.AdvMSS, r.Reordering, r.RcvSpace
	i.NotSentBytes, i.SndWnd, i.RcvWnd = r.NotSentBytes, r.SndWnd, r.RcvWnd
	i.PacingRate, i.MaxPacingRate, i.DeliveryRate = r.PacingRate, r.MaxPacingRate, r.DeliveryRate
}

func (r *rawTCPInfo) times(i *TCPInfo) {
	const ms, us = time.Millisecond, time.Microsecond
	i.RTO, i.ATO = time.Duration(r.RTO)*us, time.Duration(r.ATO)*us
	i.LastDataSent, i.LastDataRecv = time.Duration(r.LastDataSent)*ms, time.Duration(r.LastDataRecv)*ms
	i.LastAckRecv = time.Duration(r.LastAckRecv) * ms
	i.RTT, i.RTTVar = time.Duration(r.RTT)*us, time.Duration(r.RTTVar)*us
	i.RcvRTT = time.Duration(r.RcvRTT) * us
	if r.MinRTT != ^uint32(0) { // not measured yet
		i.MinRTT = time.Duration(r.MinRTT) * us
	}
	i.BusyTime = time.Duration(r.BusyTime) * us
	i.RwndLimited, i.SndbufLimited = time.Duration(r.RwndLimited)*us, time.Duration(r.SndbufLimited)*us
	i.TotalRTOTime = time.Duration(r.TotalRTOTime) * ms
}

func (r *rawTCPInfo) totals(i *TCPInfo) {
	i.TotalRetrans, i.BytesAcked, i.BytesReceived = r.TotalRetrans, r.BytesAcked, r.BytesReceived
	i.SegsOut, i.SegsIn, i.DataSegsIn, i.DataSegsOut = r.SegsOut, r.SegsIn, r.DataSegsIn, r.DataSegsOut
	i.Delivered, i.DeliveredCE = r.Delivered, r.DeliveredCE
	i.BytesSent, i.BytesRetrans = r.BytesSent, r.BytesRetrans
	i.DSACKDups, i.ReordSeen, i.RcvOOOPack, i.Rehash = r.DSACKDups, r.ReordSeen, r.RcvOOOPack, r.Rehash
	i.TotalRTO, i.RTORecoveries = r.TotalRTO, r.RTORecoveries
}

// nibbles splits a pair of 4-bit fields, the first of which C keeps in the low
// half on little-endian systems and in the high half on others.
func nibbles(b uint8) (first, second uint8) {
	if bigEndian {
		return b >> 4, b & 15
	}
	return b & 15, b >> 4
}
