namespace IslGateway.Benchmarks.Measuring;

/// <summary>Something that <c>--only</c> can name.</summary>
internal interface IMeasurement
{
    string Name { get; }

    string Title { get; }

    /// <exception cref="Load.WrongAnswerException">A server answered wrongly.</exception>
    Task RunAsync(Session session, CancellationToken cancellationToken);
}
