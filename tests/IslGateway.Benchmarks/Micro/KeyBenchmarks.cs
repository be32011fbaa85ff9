using BenchmarkDotNet.Attributes;
using IslGateway.Caching.Keys;
using IslGateway.Content;
using IslGateway.Upstream;
using Microsoft.AspNetCore.Http;

namespace IslGateway.Benchmarks.Micro;

/// <summary>From a body to its key.</summary>
public class KeyBenchmarks
{
    private readonly KeyComposer _composer = new(Sample.Settings);
    private readonly byte[] _body = Sample.Body;
    private readonly HttpRequest _request = new DefaultHttpContext().Request;

    [GlobalSetup]
    public void SetUp() => _request.Method = HttpMethods.Post;

    [Benchmark(Baseline = true)]
    public bool HashOfBody() => Digest.Of(_body) == Sample.Key;

    [Benchmark]
    public bool CanonicalSorted() => Canonical(isSorted: true);

    [Benchmark]
    public bool CanonicalSignificant() => Canonical(isSorted: false);

    [Benchmark]
    public bool Key()
    {
        var credential = new Credential(Sample.Key);
        var request = _composer.Compose(_request, Sample.Row, Serving.Paths.Small, Sample.Key, credential, session: null, default);
        return _composer.Under(request, Sample.Key) == Sample.Key;
    }

    private bool Canonical(bool isSorted)
    {
        using var canonical = new CanonicalBuffer();
        return CanonicalBody.TryWrite(_body, isSorted, ignored: null, canonical) && Digest.Of(canonical.Written) != Sample.Key;
    }
}
