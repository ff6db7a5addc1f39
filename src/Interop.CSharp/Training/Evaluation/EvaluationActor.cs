namespace MtrlFunctional.Training;

/// <summary>The actor of an evaluation.</summary>
public enum EvaluationActor
{
    /// <summary>The trained policy.</summary>
    Trained,

    /// <summary>The scripted expert of each task (<see cref="Environments.IScriptedExpert"/>).</summary>
    ScriptedExpert,

    /// <summary>Uniformly random actions.</summary>
    RandomActions,
}
