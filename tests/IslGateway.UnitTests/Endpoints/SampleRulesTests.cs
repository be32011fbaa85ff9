using IslGateway.Endpoints;
using IslGateway.Settings;
using IslGateway.Settings.Reading;

namespace IslGateway.UnitTests.Endpoints;

/// <summary>A row's <c>Samples</c> is refused where it could not be honoured.</summary>
public sealed class SampleRulesTests
{
    [Theory]
    [InlineData("Endpoints:A:Samples:Field", "must be set", null, 10)]
    [InlineData("Endpoints:A:Samples:Baseline", "must be set", "/n", null)]
    [InlineData("Endpoints:A:Samples:Field", "starts with '/'", "n", 10)]
    [InlineData("Endpoints:A:Samples:Field", "must not name the whole document", "", 10)]
    [InlineData("Endpoints:A:Samples:Field", "without '*'", "/a/*", 10)]
    [InlineData("Endpoints:A:Samples:Field", "at most 16 segments", "/1/2/3/4/5/6/7/8/9/a/b/c/d/e/f/g/h", 10)]
    [InlineData("Endpoints:A:Samples:Field", "must count for the key", "/options/n", 10, "/options/n")]
    [InlineData("Endpoints:A:Samples:Field", "must count for the key", "/options/n", 10, "/options")]
    [InlineData("Endpoints:A:Samples:Field", "must count for the key", "/options/n", 10, "/*/n")]
    public void Samples_ThatCannotBeHonoured_AreRefused(string key, string rule, string? field, int? baseline, params string[] ignored)
    {
        var row = new EndpointOptions
        {
            Path = "/a",
            Cache = CachePolicy.Deterministic,
            IgnoreFields = ignored,
            Samples = new SamplesOptions { Enabled = true, Field = field, Baseline = baseline },
        };
        var error = Assert.Single(ErrorsOf(row));
        Assert.Equal(key, error.Key);
        Assert.Contains(rule, error.Rule, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("None")]
    [InlineData("Session")]
    public void Samples_OfARowThatIsNotDeterministic_AreRefused(string cache)
    {
        var row = new EndpointOptions { Path = "/a", Cache = Enum.Parse<CachePolicy>(cache), Samples = On() };
        Assert.Contains("it is for Deterministic rows", Assert.Single(ErrorsOf(row)).Rule, StringComparison.Ordinal);
    }

    [Fact]
    public void Samples_OfARowWithoutBodies_AreRefused()
    {
        var row = new EndpointOptions { Path = "/a", Methods = ["GET"], Cache = CachePolicy.Deterministic, Samples = On() };
        Assert.Contains("no method of the row has a body", Assert.Single(ErrorsOf(row)).Rule, StringComparison.Ordinal);
    }

    [Fact]
    public void Samples_ThatAreSwitchedOffOrWhole_AreTaken()
    {
        Assert.Empty(ErrorsOf(new EndpointOptions { Path = "/a", Samples = new SamplesOptions { Field = "/n" } }));
        Assert.Empty(ErrorsOf(new EndpointOptions
        {
            Path = "/a",
            Cache = CachePolicy.Deterministic,
            IgnoreFields = ["/options/other", "/n/m"],
            Samples = On(),
        }));
    }

    private static SamplesOptions On() => new() { Enabled = true, Field = "/n", Baseline = 10 };

    private static List<SettingsError> ErrorsOf(EndpointOptions row)
    {
        var report = new SettingsReport();
        SampleRules.Check("Endpoints:A", row, report);
        return [.. report.Errors];
    }
}
