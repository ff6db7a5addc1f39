namespace MtrlFunctional.Training;

/// <summary>How a policy learns from the episodes of tasks that it is evaluated on.</summary>
public enum AdaptationMethod
{
    /// <summary>Everything learns, as in training.</summary>
    Finetune,

    /// <summary>Only the entries of tasks learn: embeddings, heads, weights of one-hot columns.</summary>
    Theta,

    /// <summary>Nothing learns: the tasks are inferred from the transitions of the episodes
    /// (<c>agent.context.method</c>).</summary>
    Context,

    /// <summary>Nothing learns: each episode has other entries of its task, and the entries of the best episode act.</summary>
    Search,
}

/// <summary>Learning before an evaluation.</summary>
/// <param name="Method">The parts that learn.</param>
/// <param name="Shots">Episodes of each task, at least 0; one evaluation each, and each starts from the checkpoint.</param>
public sealed record Adaptation(AdaptationMethod Method, IReadOnlyList<int> Shots)
{
    /// <summary>Whether each goal is learned by itself, and then evaluated: in meta-learning, and by a search.</summary>
    /// <param name="trained">The experiment of the run.</param>
    public bool IsGoalByGoal(Experiment trained) =>
        Method == AdaptationMethod.Search || trained.Given().Choices.Env.IsMetaLearning;
}

/// <summary>The evaluation of an adapted policy.</summary>
/// <param name="Shots">Episodes of each task that it learned from.</param>
/// <param name="Result">On the goals that the episodes of the adaptation have, too.</param>
/// <param name="Goals">The evaluation with goals that no episode before had; null: not evaluated.</param>
public sealed record AdaptedEvaluation(int Shots, EvaluationResult Result, GoalEvaluation? Goals);
