using MtrlFunctional.Cadm;

namespace MtrlFunctional.Tests.Training;

/// <summary>docs/reference/metrics.md has every name that runs write, and no other.</summary>
public partial class MetricsGlossaryTests
{
    private const string Tuned = "agent.on_policy.entropy_method=tuned";

    private static readonly string[] Cadm = ["agent.cadm.history=4", "agent.cadm.future=3"];

    /// <summary>An entry of the glossary; index of a task as "&lt;i&gt;".</summary>
    private sealed record Entry(string Name, string Short, string[] Modes, string[] Agents, string OnlyWith);

    private static readonly Dictionary<string, string[]> Runs = new()
    {
        ["sac"] = ["agent=state_sac", "agent.context.method=set", "agent.multitask.should_use_task_encoder=True"],
        ["models"] = ["agent=hipbmdp", "agent.encoder.type_to_select=feedforward"],
        ["distral"] = ["agent=state_distral", "agent.encoder.type_to_select=feedforward"],
        ["ppo"] = ["agent=cadm_mtppo", Tuned, "agent.on_policy.entropy_coefficient=1e-3", "agent.on_policy.std_per_task=True", "agent.on_policy.min_episodes=1", .. Cadm],
        ["trpo"] = ["agent=mttrpo"],
        ["impala"] = ["agent=impala", "agent.on_policy.asynchronous=True"],
        ["rl2"] = ["agent=rl2", "agent.rl2.units=8", "agent.rl2.episodes_per_trial=3", "agent.rl2.goal_weight=1", "agent.on_policy.value_function=squared"],
        ["maml"] = ["agent=maml", "agent.maml.meta_batch_size=3", "agent.maml.episodes_per_step=1"],
        ["cadm"] = ["agent=cadm", .. Cadm, "agent.cadm.units=8", "agent.cadm.candidates=10", "agent.cadm.elites=2", "agent.cadm.horizon=3"],
    };

    private static IEnumerable<string> Agents => Runs.Keys;

    [TestCaseSource(nameof(Agents))]
    public void ARunWritesTheNamesOfTheGlossaryAndNoOthers(string agent)
    {
        using var folder = new TemporaryFolder();
        var experiment = Small(folder.Path, agent);
        using (var run = TrainingRun.Start(experiment, CadmExtension.extensions))
            Assert.That(run.Run(), Is.EqualTo(TrainingEnd.Finished));

        var files = RunFolder.OfSeed(Path.Combine(folder.Path, "small"), 1);
        var records = File.ReadLines(files.MetricsFile).Select(line => JsonDocument.Parse(line).RootElement).ToArray();
        foreach (var mode in new[] { "train", "eval" })
        {
            var written = records
                .Where(record => record.GetProperty("mode").GetString() == mode)
                .SelectMany(record => record.EnumerateObject().Select(property => OfAnyTask(property.Name)))
                .Where(name => name != "mode")
                .Distinct();
            Assert.That(written, Is.EquivalentTo(Expected(agent, mode).Select(entry => entry.Name)), mode);
        }
    }

    [TestCaseSource(nameof(Agents))]
    public void AbbreviationsAreThoseOfTheLog(string agent)
    {
        var logging = Small("runs", agent).Logging;
        foreach (var (mode, columns) in new[] { ("train", logging.TrainMetrics), ("eval", logging.EvalMetrics) })
        {
            var abbreviations = columns.ToDictionary(
                column => column.Key.EndsWith('_') ? $"{column.Key}<i>" : column.Key,
                column => column.Abbreviation is { } found ? found.Value + (column.Key.EndsWith('_') ? "<i>" : "") : "");
            foreach (var entry in Expected(agent, mode))
                Assert.That(entry.Short, Is.EqualTo(abbreviations.GetValueOrDefault(entry.Name, "")), $"{mode} {entry.Name}");
        }
    }

    [Test]
    public void AColumnOfNoNameOfTheGlossaryIsWarnedOf()
    {
        static IReadOnlyList<string> Warnings(string key, IEnumerable<string> names) =>
            ExperimentBuilder.Of("env=metaworld-mt10", "agent=state_sac")
                .With($"{key}=[{string.Join(", ", names.Select(name => $"[{name}, X, float, average]"))}]")
                .Build().Warnings;

        var all = Glossary().Select(entry => entry.Name);
        Assert.That(Warnings("metrics.train", all.Select(name => name.Replace("<i>", ""))), Is.Empty);
        Assert.That(Warnings("metrics.eval", all.Select(name => name.Replace("<i>", "3"))), Is.Empty);
        Assert.That(Warnings("metrics.eval", ["sucess", "step_"]).Select(text => text.Split(" is ")[0]),
            Is.EqualTo(new[] { "metrics.eval: sucess:", "metrics.eval: step_:" }));
        Assert.That(Warnings("metrics.train", ["sucess"])[0], Does.Contain("Nearest: success"));
    }

    private static IEnumerable<Entry> Expected(string agent, string mode) =>
        Glossary().Where(entry =>
            entry.Modes.Contains(mode)
            && (entry.Agents.Contains("all") || entry.Agents.Contains(agent))
            && (entry.OnlyWith == "" || Runs[agent].Contains(entry.OnlyWith)));

    private static List<Entry> Glossary()
    {
        string[] Words(string cell) => cell.Split(", ");
        return
        [
            .. from line in File.ReadLines(Repository.PathOf("docs", "reference", "metrics.md"))
               let cells = line.Trim('|').Split('|').Select(cell => cell.Trim()).ToArray()
               where line.StartsWith("| `", StringComparison.Ordinal) && cells.Length == 7
               select new Entry(cells[0].Trim('`'), cells[1], Words(cells[2]), Words(cells[3]), cells[4]),
        ];
    }

    private static string OfAnyTask(string name) => TaskIndex().Replace(name, "env_index_<i>");

    private static Experiment Small(string basePath, string agent) => ExperimentBuilder.Resolve(
    CadmExtension.extensions,
    [
        "env=metaworld-mt10", $"setup.base_path={basePath}", "setup.name=small", "setup.seed=1",
        "setup.threads=2", "setup.device=cpu", "env.tasks=[reach-v3,push-v3,drawer-close-v3]", "env.horizon=5",
        "experiment.num_train_steps=15", "experiment.eval_freq=15", "experiment.num_eval_episodes=1",
        .. agent == "cadm" ? (string[])[] : ["agent.actor.hidden_dim=16"],
        .. Runs[agent],
        .. agent == "maml" ? (string[])[] : agent is "ppo" or "trpo" or "impala" or "rl2"
            ? (string[])["agent.on_policy.batch_size=45", "agent.on_policy.minibatch_size=15", "agent.on_policy.value_epochs=2"]
            : ["experiment.init_steps=5", "replay_buffer.batch_size=12", "replay_buffer.capacity=150"],
    ]);

    [GeneratedRegex("env_index_[0-9]+$")]
    private static partial Regex TaskIndex();
}
