namespace IslGateway.Content;

/// <summary>The process holds too many bytes in buffers. For code whose shape leaves no other way to say so.</summary>
internal sealed class OverBudgetException() : Exception("Too many bytes are buffered at once.");
