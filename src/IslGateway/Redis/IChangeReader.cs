namespace IslGateway.Redis;

/// <summary>Keeps up with something that other gateways change in Redis and that every gateway must heed within a second.</summary>
internal interface IChangeReader
{
    /// <summary>Reads what is new. What could not be read is read the next time.</summary>
    Task CatchUpAsync(CancellationToken cancellationToken);
}
