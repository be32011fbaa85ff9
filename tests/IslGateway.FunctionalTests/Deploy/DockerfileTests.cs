using IslGateway.Commands;

namespace IslGateway.FunctionalTests.Deploy;

/// <summary>The Dockerfile against the product that it packs. That it builds and runs: <c>tests/Compose/check</c>.</summary>
public sealed class DockerfileTests
{
    private const string AnyUser = "$APP_UID";

    public static TheoryData<string> Images => ["gateway", "simulator"];

    [Fact]
    public void Gateway_Always_IsWhatIsBuiltByDefault() => Assert.Equal("gateway", Stage.Default.Name);

    [Theory]
    [MemberData(nameof(Images))]
    public void User_OfAnImage_IsNotRoot(string image) => Assert.Equal(AnyUser, Stage.Of(image).User);

    [Theory]
    [MemberData(nameof(Images))]
    public void Environment_OfAnImage_IsRead(string image) =>
        Assert.Empty(EnvironmentNames.Unread(Stage.Of(image).Environment.Keys));

    /// <summary>The command line takes what it does not know for a setting: nothing but this would notice a misspelt option.</summary>
    [Theory]
    [MemberData(nameof(Images))]
    public void HealthCheck_OfAnImage_IsACommandThatThereIs(string image)
    {
        var command = HealthCommand.Create();
        Assert.Equal(["dotnet", "IslGateway.dll", command.Name], Stage.Of(image).HealthCheck.Take(3));
        Assert.Subset(
            command.Options.Select(option => option.Name).ToHashSet(), Stage.Of(image).HealthCheck.Skip(3).ToHashSet());
    }

    [Fact]
    public void Ports_ThatAreExposed_AreTheListeners()
    {
        Assert.Equal(
            Stage.Of("gateway").Exposed,
            Ports("gateway", "Kestrel__Endpoints__Gateway__Url", "Kestrel__Endpoints__Management__Url"));
        Assert.Equal(Stage.Of("simulator").Exposed, Ports("simulator", "Simulate__Url"));
    }

    [Fact]
    public void EntryPoint_OfTheSimulator_IsTheGatewaysWithItsVerb() =>
        Assert.Equal([.. Stage.Of("gateway").EntryPoint, "simulate"], Stage.Of("simulator").EntryPoint);

    [Fact]
    public void Files_ThatAreCopied_AreThereAndNotIgnored()
    {
        var ignored = File.ReadAllLines(Checkout.PathOf(".dockerignore"));
        var copied = Stage.All.SelectMany(stage => stage.Copied).Distinct().ToList();
        Assert.Contains("src", copied);
        Assert.All(copied, path =>
        {
            Assert.True(Path.Exists(Checkout.PathOf(path)), path);
            Assert.DoesNotContain(path.Split('/')[0], ignored);
        });
    }

    private static IEnumerable<int> Ports(string image, params string[] urls) =>
        urls.Select(url => new Uri(Stage.Of(image).Environment[url]).Port);
}
