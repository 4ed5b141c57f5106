// SPDX-License-Identifier: AGPL-3.0-or-later
//
// Which variables a child sees: what was declared, and a short list without which programs do not
// work at all. One place, so that it can be documented and tested.

/// The environments that children get.
package enum ChildEnvironment {
  /// Visible to every child and part of no key: where things are on this machine, not what to do.
  package static let always = ["PATH", "HOME", "USER", "LOGNAME", "TMPDIR", "SHELL"]

  /// Names beside ``always`` that the Docker programs need to find the engine and its credentials.
  package static let docker = [
    "DOCKER_HOST", "DOCKER_CONTEXT", "DOCKER_CONFIG", "DOCKER_CERT_PATH", "DOCKER_TLS_VERIFY",
    "DOCKER_API_VERSION", "BUILDX_BUILDER", "BUILDX_CONFIG", "SSH_AUTH_SOCK", "XDG_CONFIG_HOME",
    "XDG_RUNTIME_DIR", "HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "http_proxy", "https_proxy",
    "no_proxy", "SOURCE_DATE_EPOCH",
  ]

  /// Names beside ``always`` that `ssh` and the programs that a configuration of it starts need: the
  /// agent, a prompt for keys, Kerberos, and what cloud proxies log in with.
  package static let ssh = [
    "SSH_AUTH_SOCK", "SSH_AGENT_PID", "SSH_ASKPASS", "SSH_ASKPASS_REQUIRE", "SSH_SK_PROVIDER",
    "DISPLAY", "XDG_CONFIG_HOME", "XDG_RUNTIME_DIR", "KRB5CCNAME", "AWS_PROFILE", "AWS_REGION",
    "AWS_DEFAULT_REGION", "AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE", "AWS_ACCESS_KEY_ID",
    "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "CLOUDSDK_CONFIG", "AZURE_CONFIG_DIR",
  ]

  /// The part of `environment` named in ``always`` and `names`.
  package static func selecting(
    _ names: [String] = [], from environment: [String: String]
  ) -> [String: String] {
    var selected: [String: String] = [:]
    for name in always + names { selected[name] = environment[name] }
    return selected
  }
}
