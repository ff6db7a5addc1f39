using System.Text.Json;

namespace MtrlFunctional.Policies;

/// <summary>Success of a policy in one task.</summary>
/// <param name="Task">Name of the task.</param>
/// <param name="Episodes">Episodes that were played.</param>
/// <param name="Successes">Episodes with success at some step.</param>
/// <param name="Return">Mean sum of rewards.</param>
public sealed record CardResult(string Task, int Episodes, int Successes, double Return);

/// <summary>What a shipped policy is, how it was made and what it achieves: the file beside its numbers.</summary>
/// <param name="Name">Without prefix: "mt10".</param>
/// <param name="Description">One sentence.</param>
/// <param name="Train">Command that trained it.</param>
/// <param name="Export">Command that wrote the file.</param>
/// <param name="Evaluate">Command that measured the results.</param>
/// <param name="Seed">Of the training.</param>
/// <param name="Steps">Training steps of each task.</param>
/// <param name="Horizon">Steps of an episode in the evaluation.</param>
/// <param name="Goals">Goals of the evaluation.</param>
/// <param name="Rewards">Version of the rewards.</param>
/// <param name="Licence">Of the numbers.</param>
/// <param name="Sha256">Of the file, hexadecimal.</param>
/// <param name="Results">Task by task.</param>
public sealed record PolicyCard(
    string Name,
    string Description,
    string Train,
    string Export,
    string Evaluate,
    long Seed,
    long Steps,
    int Horizon,
    string Goals,
    string Rewards,
    string Licence,
    string Sha256,
    IReadOnlyList<CardResult> Results)
{
    /// <summary>Episodes of all tasks.</summary>
    public int Episodes => Results.Sum(result => result.Episodes);

    /// <summary>Episodes with success of all tasks.</summary>
    public int Successes => Results.Sum(result => result.Successes);

    /// <summary>Reads a card.</summary>
    /// <param name="path">A JSON file.</param>
    /// <exception cref="MtrlException">It is no card.</exception>
    internal static PolicyCard Read(string path)
    {
        try
        {
            return JsonSerializer.Deserialize<PolicyCard>(File.ReadAllBytes(path), JsonSerializerOptions.Web)
                ?? throw new MtrlException($"{path}: is empty.");
        }
        catch (JsonException e)
        {
            throw new MtrlException($"{path}: is no card of a policy ({e.Message})", inner: e);
        }
    }
}
