namespace IslGateway.Content;

/// <summary>The process holds too many bytes in buffers. For code that can report this only by an exception.</summary>
internal sealed class OverBudgetException() : Exception("Too many bytes are buffered at once.");
