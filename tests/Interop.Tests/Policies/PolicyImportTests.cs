using MtrlFunctional.Agents;
using MtrlFunctional.Tests.Environments.Gym;

namespace MtrlFunctional.Tests.Policies;

/// <summary>Imported parameters of the original programs give their recorded actions.</summary>
public class PolicyImportTests
{
    private const string Start = "init/param/";

    [TestCase("mtsac_identity")]
    [TestCase("mtsac_feedforward")]
    [TestCase("multihead")]
    [TestCase("multihead_disjoint")]
    [TestCase("film")]
    [TestCase("care_learned_embedding")]
    [TestCase("moe_gate")]
    [TestCase("moe_cluster")]
    [TestCase("moe_ensemble")]
    [TestCase("ptsl_identity_encoder")]
    public void ActorsOfMtrlActAsRecorded(string name)
    {
        var source = Golden.File($"mtrl/{name}.safetensors");
        using var golden = SafetensorsFile.Open(source);
        using var policy = Imported(source, StateNames.Mtrl, Start, WordsOf(golden));
        int[] tasks = [.. golden.ReadLongs("init_eval/task").Select(task => (int)task)];
        Compare(policy, golden.ReadDoubles("init_eval/obs"), tasks, golden.ReadDoubles("init_eval/mu"));
    }

    [Test]
    public void APolicyOfGarageActsAsRecorded()
    {
        var source = Golden.File("garage/mtppo_ragged.safetensors");
        using var golden = SafetensorsFile.Open(source);
        using var policy = Imported(source, StateNames.Garage, "iter0/policy_before/", ["preset=garage/mtppo-mt10"]);
        int[] tasks = [.. golden.ReadLongs("iter0/task_id").Select(task => (int)task)];
        var observations = golden.ReadDoubles("iter0/observations").Where((_, i) => i % 49 < policy.ObservationSize);
        var actions = golden.ReadDoubles("iter0/mean_before").Select(mean => Math.Clamp(mean, -1, 1));
        Compare(policy, [.. observations], tasks, [.. actions]);
    }

    [TestCase("agent.actor.num_layers=5", "actor.model.8.weight: missing")]
    [TestCase("agent.actor.hidden_dim=25", "actor.model.0.weight is [24; 39]; with its tasks and networks, the experiment needs [25; 39]")]
    public void ParametersThatDoNotFitAreAMessage(string change, string message)
    {
        var source = Golden.File("mtrl/mtsac_identity.safetensors");
        using var golden = SafetensorsFile.Open(source);
        Refused(() => Imported(source, StateNames.Mtrl, Start, [.. WordsOf(golden), change]), message);
    }

    [TestCase("transposed", "actor.model.0.weight is [39; 16]; with its tasks and networks, the experiment needs [16; 39].")]
    [TestCase("nan", "actor.model.0.weight has numbers that are not finite.")]
    [TestCase("whole", "actor.model.0.weight has whole numbers (I64); weights are F64, F32, F16 or BF16.")]
    [TestCase("prefixed", "Names in the file begin with 'agent.', which '--prefix agent.' says.")]
    public void NumbersThatWouldActWronglyAreAMessage(string fault, string message)
    {
        string[] words = ["env=metaworld-mt1", "env.benchmark.env_name=reach", "agent=state_sac", "fidelity=original", "agent.actor.hidden_dim=16", "agent.actor.num_layers=2"];
        using var folder = new TemporaryFolder();
        var source = folder["actor.safetensors"];
        SafetensorsEntry Weight(string name, params long[] shape)
        {
            var count = (int)shape.Aggregate(1L, (product, size) => product * size);
            return SafetensorsEntry.Of(name, [.. Enumerable.Repeat(0.5f, count)], shape);
        }

        SafetensorsEntry[] others =
        [
            Weight("actor.model.0.bias", 16), Weight("actor.model.2.weight", 16, 16), Weight("actor.model.2.bias", 16),
            Weight("actor.model.4.weight", 8, 16), Weight("actor.model.4.bias", 8),
        ];
        var first = fault switch
        {
            "transposed" => Weight("actor.model.0.weight", 39, 16),
            "nan" => SafetensorsEntry.Of("actor.model.0.weight", [float.NaN, .. new float[(16 * 39) - 1]], 16, 39),
            "whole" => SafetensorsEntry.Of("actor.model.0.weight", new long[16 * 39], 16, 39),
            _ => Weight("actor.model.0.weight", 16, 39),
        };
        IEnumerable<SafetensorsEntry> all = [first, .. others];
        SafetensorsWriter.Write(source, [.. all.Select(entry => fault == "prefixed" ? entry with { Name = $"agent.{entry.Name}" } : entry)]);
        Refused(() => Imported(source, StateNames.Mtrl, "", words), message);
    }

    [Test]
    public void ThePolicyDoesNotReplaceItsParameters()
    {
        var source = Golden.File("mtrl/mtsac_identity.safetensors");
        var experiment = ExperimentBuilder.Resolve("env=metaworld-mt10", "agent=state_sac");
        Refused(
            () => PolicyImport.Convert(source, StateNames.Mtrl, experiment, source, Start),
            "the policy would replace the parameters that it is read from");
    }

    private static void Compare(Policy policy, double[] observations, int[] tasks, double[] expected)
    {
        var actions = new float[tasks.Length * policy.ActionSize];
        policy.ActBatch([.. observations.Select(number => (float)number)], tasks, actions);
        Assert.That(actions.Select(number => (double)number), Is.EqualTo(expected).Within(2e-6));
        Assert.That(expected.Distinct().Count(), Is.GreaterThan(10));
    }

    private static Policy Imported(string source, StateNames names, string prefix, IEnumerable<string> words)
    {
        using var folder = new TemporaryFolder();
        var file = Path.Combine(folder.Path, "policy.onnx");
        PolicyImport.Convert(source, names, ExperimentBuilder.Resolve(["setup.seed=1", .. words]), file, prefix);
        return Policy.Load(file);
    }

    /// <summary>The command of a recording, which was made with the original's behaviour.</summary>
    private static IEnumerable<string> WordsOf(SafetensorsFile golden)
    {
        IEnumerable<string> Words(string key)
        {
            using var json = JsonDocument.Parse(golden.Metadata[key]);
            return [.. json.RootElement.EnumerateObject().Select(entry => $"{entry.Name}={entry.Value}")];
        }

        return ["fidelity=original", .. Words("groups"), .. Words("overrides")];
    }
}
