package stream

// ReadsPerTurn is how often one connection may call Data in a turn of its loop.
const ReadsPerTurn = readsPerTurn

// BufferSize is the most that one call of Data gets without a filter.
const BufferSize = bufferSize
