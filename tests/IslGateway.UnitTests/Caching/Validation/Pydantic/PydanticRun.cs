using System.ComponentModel;
using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using IslGateway.Caching.Validation;

namespace IslGateway.UnitTests.Caching.Validation.Pydantic;

/// <summary>What <c>validator.py</c> wrote: models, bodies, and what pydantic makes of each.</summary>
internal sealed class PydanticRun
{
    private readonly List<string> _contradictions = [];

    /// <summary>Pydantic's version.</summary>
    public required string Version { get; init; }

    /// <summary>How many bodies pydantic took.</summary>
    public int Taken { get; private set; }

    /// <summary>How many it refused for what the gateway looks at, too.</summary>
    public int Structural { get; private set; }

    /// <summary>How many of those the gateway refuses.</summary>
    public int Found { get; private set; }

    /// <summary>Bodies that pydantic takes and the gateway refuses.</summary>
    public IReadOnlyList<string> Contradictions => _contradictions;

    /// <summary>The run that was recorded.</summary>
    public static PydanticRun Recorded()
    {
        using var reader = new StreamReader(typeof(PydanticRun).Assembly.GetManifestResourceStream("verdicts.ndjson")!);
        return Read(reader)!;
    }

    /// <summary>A new run; null where there is no python3 with pydantic.</summary>
    /// <param name="seed">By which the bodies are made.</param>
    /// <param name="bodies">How many for each model.</param>
    public static PydanticRun? Make(int seed, int bodies)
    {
        using var source = new StreamReader(typeof(PydanticRun).Assembly.GetManifestResourceStream("validator.py")!);
        string[] arguments =
            ["-I", "-c", source.ReadToEnd(), seed.ToString(CultureInfo.InvariantCulture), bodies.ToString(CultureInfo.InvariantCulture)];
        try
        {
            using var process = Process.Start(new ProcessStartInfo("python3", arguments)
            {
                RedirectStandardOutput = true,
                RedirectStandardError = true,
            })!;
            process.ErrorDataReceived += static (_, _) => { };
            process.BeginErrorReadLine();
            var run = Read(process.StandardOutput);
            process.WaitForExit();
            return process.ExitCode == 0 ? run : null;
        }
        catch (Win32Exception)
        {
            return null;
        }
    }

    private static PydanticRun? Read(TextReader lines)
    {
        if (lines.ReadLine() is not { } first) return null;
        var run = new PydanticRun { Version = JsonDocument.Parse(first).RootElement.GetProperty("pydantic").GetString()! };
        var (schema, model) = ((BodySchema?)null, "");
        while (lines.ReadLine() is { } line)
        {
            using var document = JsonDocument.Parse(line);
            if (document.RootElement.TryGetProperty("document", out var openApi))
            {
                model = document.RootElement.GetProperty("model").GetString()!;
                var root = openApi.GetProperty("components").GetProperty("schemas").GetProperty("Root");
                schema = BodySchema.Build(SchemaRelaxer.Relax(openApi, root));
                continue;
            }

            run.Add(model, schema!, document.RootElement.GetProperty("body").GetRawText(), document.RootElement.GetProperty("verdict"));
        }

        return run;
    }

    private void Add(string model, BodySchema schema, string body, JsonElement verdict)
    {
        var found = schema.Find(body);
        if (verdict.ValueEquals("taken"))
        {
            Taken++;
            if (found is { Length: > 0 }) _contradictions.Add($"{model} {body}: {found}");
        }
        else if (verdict.ValueEquals("structural"))
        {
            Structural++;
            if (found is { Length: > 0 }) Found++;
        }
    }
}
