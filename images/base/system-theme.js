// A JupyterLab extension as its loader wants it (a module federation container), written by hand: nothing to build.
// JupyterLab has followed the system's light or dark theme since 4.1; Debian's is 4.0. It changes what is shown and saves
// nothing, so a theme that the user picks in the menu stays.
(() => {
  const SETTINGS = '@jupyterlab/apputils-extension:themes';
  let shared;

  async function sharedModule(name) {
    const [{ get }] = Object.values(shared[name]);
    return (await get())();
  }

  async function followSystem(registry) {
    const dark = window.matchMedia('(prefers-color-scheme: dark)');
    const settings = await registry.load(SETTINGS);
    const follow = () => {
      const theme = dark.matches ? 'JupyterLab Dark' : 'JupyterLab Light';
      if ('theme' in settings.user || settings.composite.theme === theme) return;
      settings.composite.theme = theme;
      registry.pluginChanged.emit(SETTINGS);
    };
    dark.addEventListener('change', follow);
    settings.changed.connect(follow);
    follow();
  }

  window._JUPYTERLAB ??= {};
  window._JUPYTERLAB['ezj-system-theme'] = {
    init(scope) {
      shared = scope;
    },
    async get() {
      const { ISettingRegistry } = await sharedModule('@jupyterlab/settingregistry');
      const plugin = {
        id: 'ezj-system-theme:plugin',
        description: 'Shows the light or the dark theme, as the system has it, until the user picks one.',
        autoStart: true,
        requires: [ISettingRegistry],
        activate: (_app, registry) => followSystem(registry),
      };
      return () => ({ __esModule: true, default: plugin });
    },
  };
})();
