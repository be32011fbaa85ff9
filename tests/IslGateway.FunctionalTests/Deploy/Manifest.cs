using System.Globalization;

namespace IslGateway.FunctionalTests.Deploy;

/// <summary>The manifests in deploy/kubernetes.</summary>
internal static class Manifest
{
    public const string Folder = "deploy/kubernetes";

    public static Yaml Kustomization => Of("kustomization");

    public static Yaml Deployment => Of("deployment");

    public static Yaml Pod => Deployment["spec.template"];

    public static Yaml Container => Assert.Single(Pod["spec.containers"].Items);

    /// <summary>By file name, without its ending.</summary>
    public static Yaml Of(string name) => Yaml.Read($"{Folder}/{name}.yaml");

    /// <summary>The names of all files, without their endings.</summary>
    public static IEnumerable<string> Names() =>
        Directory.EnumerateFiles(Checkout.PathOf(Folder), "*.yaml").Select(file => Path.GetFileNameWithoutExtension(file)!)
            .Order(StringComparer.Ordinal);

    /// <summary>All that the container is given as settings: by the image, by ConfigMaps and by the example of the Secret.</summary>
    public static IEnumerable<KeyValuePair<string, string>> Settings() =>
        Stage.Of("gateway").Environment
            .Concat(Of("configmap")["data"].Pairs)
            .Concat(Of("secret.example")["stringData"].Pairs)
            .Concat(Of("configmap-live")["data"].Pairs);

    /// <summary>A quantity of memory in bytes.</summary>
    public static long Bytes(string quantity) => quantity[^2..] switch
    {
        "Mi" => long.Parse(quantity[..^2], CultureInfo.InvariantCulture) << 20,
        "Gi" => long.Parse(quantity[..^2], CultureInfo.InvariantCulture) << 30,
        _ => throw new FormatException($"{quantity} is neither in Mi nor in Gi."),
    };
}
