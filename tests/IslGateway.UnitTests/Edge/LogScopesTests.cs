using IslGateway.Edge;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Console;

namespace IslGateway.UnitTests.Edge;

public sealed class LogScopesTests
{
    [Fact]
    public void AreWritten_NoFormatterIncludesThem_IsFalse() => Assert.False(Scopes(new ServiceCollection()).AreWritten);

    [Fact]
    public void AreWritten_AnyFormatterIncludesThem_IsTrue()
    {
        Assert.True(With<SimpleConsoleFormatterOptions>().AreWritten);
        Assert.True(With<JsonConsoleFormatterOptions>().AreWritten);
        Assert.True(With<ConsoleFormatterOptions>().AreWritten);
    }

    private static LogScopes With<T>() where T : ConsoleFormatterOptions =>
        Scopes(new ServiceCollection().Configure<T>(options => options.IncludeScopes = true));

    private static LogScopes Scopes(IServiceCollection services) =>
        ActivatorUtilities.CreateInstance<LogScopes>(services.AddOptions().BuildServiceProvider());
}
