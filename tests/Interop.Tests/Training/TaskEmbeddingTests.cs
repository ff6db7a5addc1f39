namespace MtrlFunctional.Tests.Training;

/// <summary>Sources of the task embeddings of CARE.</summary>
public class TaskEmbeddingTests
{
    private static string Committed => Repository.PathOf("assets", "task_embeddings.safetensors");

    private static Experiment Care(params string[] more)
    {
        string[] words =
        [
            "env=metaworld-mt10", "agent=state_sac", "agent.multitask.should_use_task_encoder=True",
            "agent.multitask.task_encoder_cfg.model_cfg.pretrained_embedding_cfg.should_use=True", .. more,
        ];
        var resolved = ExperimentModule.Resolve(ListModule.OfSeq(words));
        Assert.That(resolved.IsOk, () => string.Join("\n", resolved.ErrorValue));
        return resolved.ResultValue.Item1;
    }

    private static string From(string path) =>
        $"agent.multitask.task_encoder_cfg.model_cfg.pretrained_embedding_cfg.path_to_load_from={path}";

    [Test]
    public void WithoutAFileTheyAreMadeFromTheProgramsOwnSentences()
    {
        var rows = TaskEmbeddings.Of(Care())!;
        Assert.That(rows.Width, Is.EqualTo(768));
        Assert.That(rows.Numbers, Has.Length.EqualTo(10 * 768));
        Assert.That(rows.Numbers[768..1536], Is.EqualTo(SentenceNumbers.OfSentence("Push a puck over the table to a goal.")));
        Assert.That(TaskEmbeddings.Notice(Care()), Does.Contain("metaworld-mt10.json does not exist"));
    }

    /// <summary>tools/TaskEmbeddings.fsx wrote the table: its rows are those that are made at run time.</summary>
    [Test]
    public void TheCommittedTableHoldsTheSame()
    {
        var own = TaskEmbeddings.Of(Care())!;
        var read = TaskEmbeddings.Of(Care(From(Committed)))!;
        Assert.That(read.Numbers, Is.EqualTo(own.Numbers).Within(1e-6));
        Assert.That(TaskEmbeddings.Notice(Care(From(Committed))), Is.Null);
    }

    [Test]
    public void TheyAreReadFromTheOriginalsJson()
    {
        using var folder = new TemporaryFolder();
        var path = folder["embeddings.json"];
        File.WriteAllText(path, """{"push-v1": [1, 2.5], "reach-v1": [3, 4], "sweep-v1": [5, 6]}""");
        var rows = TaskEmbeddings.Read(path, ["reach-v3", "push-v3"]);
        Assert.That(rows.Width, Is.EqualTo(2));
        Assert.That(rows.Numbers, Is.EqualTo(new[] { 3, 4, 1, 2.5 }));
    }

    [Test]
    public void TheyAreReadFromTheTableThatHasAllTasks()
    {
        using var folder = new TemporaryFolder();
        var path = folder["embeddings.safetensors"];
        SafetensorsWriter.Write(
            path,
            [SafetensorsEntry.Of("mt2", [1f, 2f], 2, 1), SafetensorsEntry.Of("mt3", [3f, 4f, 5f], 3, 1)],
            new Dictionary<string, string>
            {
                ["mt2_tasks"] = """["reach-v1", "push-v1"]""",
                ["mt3_tasks"] = """["push-v1", "sweep-v1", "reach-v1"]""",
            });
        Assert.That(TaskEmbeddings.Read(path, ["push", "reach"]).Numbers, Is.EqualTo(new[] { 2, 1 }));
        Assert.That(TaskEmbeddings.Read(path, ["push", "sweep"]).Numbers, Is.EqualTo(new[] { 3, 4 }));
    }

    /// <summary>The first byte of such a file is the low byte of the length of its header: a space for one header in 32.</summary>
    [Test]
    public void ATableWithAHeaderOfAnyLengthIsNoJson([Range(0, 256, 8)] int more)
    {
        using var folder = new TemporaryFolder();
        var path = folder["embeddings"];
        SafetensorsWriter.Write(
            path,
            [SafetensorsEntry.Of("mt1", [1f, 2f], 1, 2)],
            new Dictionary<string, string> { ["mt1_tasks"] = """["reach-v1"]""", ["note"] = new string('x', more) });
        Assert.That(TaskEmbeddings.Read(path, ["reach"]).Numbers, Is.EqualTo(new[] { 1, 2 }));
    }

    [TestCase("reach-v1, push-v1")]
    [TestCase("""["reach-v1", null]""")]
    [TestCase("""{"reach-v1": 1}""")]
    [TestCase("null")]
    public void ATableWhoseTasksAreNoListOfNamesIsRefused(string tasks)
    {
        using var folder = new TemporaryFolder();
        var path = folder["embeddings.safetensors"];
        SafetensorsWriter.Write(
            path, [SafetensorsEntry.Of("mt2", [1f, 2f], 2, 1)], new Dictionary<string, string> { ["mt2_tasks"] = tasks });
        Assert.That(
            () => TaskEmbeddings.Read(path, ["reach", "push"]),
            Throws.InstanceOf<MtrlException>().With.Message.EqualTo($"{path}: the tasks of table 'mt2' are no JSON list of names."));
    }

    [TestCase("""{"push-v1": [1, 2]}""", "has no numbers for reach-v3.")]
    [TestCase("""{"push-v1": [1, 2], "reach-v1": [1]}""", "push-v3 has 2 numbers, reach-v3 has 1; all need equally many, at least 1.")]
    [TestCase("""{"push-v1": [], "reach-v1": []}""", "reach-v3 has 0 numbers")]
    [TestCase("""{"push-v1": "x"}""", "is not a JSON object of task names with lists of numbers.")]
    [TestCase("""{"push""", "is not a JSON object of task names with lists of numbers.")]
    [TestCase("garbage", "embeddings")]
    public void WhatDoesNotFitIsSaid(string content, string reason)
    {
        using var folder = new TemporaryFolder();
        var path = folder["embeddings"];
        File.WriteAllText(path, content);
        var failure = Assert.Throws(Is.InstanceOf<MtrlException>(), () => TaskEmbeddings.Read(path, ["reach-v3", "push-v3"]));
        Assert.That(failure!.Message, Does.Contain(reason));
    }

    [Test]
    public void AMissingFileThatWasAskedForIsRefused()
    {
        var failure = Assert.Throws<MtrlException>(() => TaskEmbeddings.Of(Care(From("/nowhere/x.json"))));
        Assert.That(failure!.Message, Does.StartWith("/nowhere/x.json: no such file."));
    }
}
