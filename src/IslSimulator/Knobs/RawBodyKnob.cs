namespace IslSimulator.Knobs;

/// <summary>An answer given word for word, for instance invalid JSON with status 200.</summary>
public sealed record RawBodyKnob(string Path, string Body, string ContentType = "application/json", int Status = 200);
