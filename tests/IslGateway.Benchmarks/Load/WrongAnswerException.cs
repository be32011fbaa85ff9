namespace IslGateway.Benchmarks.Load;

/// <summary>A server gave an answer that is not right: what it cost says nothing.</summary>
internal sealed class WrongAnswerException(string message) : Exception(message);
