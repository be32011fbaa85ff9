namespace IslGateway.FunctionalTests.Infrastructure;

/// <summary>A running server of one rung, and how to be rid of it.</summary>
/// <param name="ConnectionString">In StackExchange.Redis's grammar; may hold a password.</param>
/// <param name="Description">For people; holds no password.</param>
/// <param name="Owner">Stops the server; null when the run does not own it.</param>
internal sealed record RedisServer(string ConnectionString, string Description, IAsyncDisposable? Owner);
